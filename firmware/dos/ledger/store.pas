{ SPDX-License-Identifier: GPL-2.0-or-later }
{ Files of records of one length that several computers have open at a time.

  Record 0 is the header.  Records are locked as programs of the time did it: one byte far behind the
  end of the file stands for each, so that locked records can still be read.  What was written is
  committed at once.  Where DOS knows no locks (SHARE is not there), everything goes on without. }
unit Store;

interface

type
  TStore = object
    Changes: LongInt;      { counts what any computer wrote, as of the last Refresh }
    Count: LongInt;        { records, deleted ones too, as of the last Refresh }
    { False: it can neither be opened nor made. }
    function Open(const Name: string; RecordBytes: Word; FirstNumber: LongInt): Boolean;
    procedure Close;
    { True: another computer wrote since the last time. }
    function Refresh: Boolean;
    function Get(Index: LongInt; var Rec): Boolean;
    { False: the disk is full or the file is gone. }
    function Put(Index: LongInt; var Rec): Boolean;
    { A new record gets the next number; 0: it cannot be had. }
    function NextNumber: LongInt;
    function Add(var Rec): Boolean;
    { False: another computer has it. }
    function Lock(Index: LongInt): Boolean;
    procedure Unlock(Index: LongInt);
    function IsNew: Boolean;
  private
    Handle: Word;
    Size: Word;
    Made: Boolean;
    function At(Index: LongInt): LongInt;
    function Transfer(Call: Byte; Where: LongInt; Bytes: Word; var Data): Boolean;
    function LockHeader: Boolean;
    function Wrote: Boolean;
  end;

{ Writes text to a device or file of DOS; False: not all of it was taken. }
function SendText(const Name: string; Text: PChar; Bytes: Word): Boolean;

implementation

uses Dos;

const
  LockBase = 1000000000;
  HeaderTries = 36;        { 2 s }
  Magic = 'LEDGER 1';
  ErrInvalidFunction = 1;
  OpenShared = $42;        { read and write, deny none }

type
  THeader = packed record
    Magic: array[1..8] of Char;
    RecordBytes: Word;
    Number, Changes: LongInt;
  end;

procedure SetName(var R: Registers; var Name; const S: string);
var
  Z: array[0..255] of Char absolute Name;
begin
  Move(S[1], Z, Length(S));
  Z[Length(S)] := #0;
  R.DS := Seg(Name);
  R.DX := Ofs(Name);
end;

function Failed(const R: Registers): Boolean;
begin
  Failed := Odd(R.Flags);
end;

function OpenFile(Call: Word; const Name: string; var Handle: Word): Boolean;
var
  R: Registers;
  Z: array[0..255] of Char;
begin
  FillChar(R, SizeOf(R), 0);
  R.AX := Call;
  SetName(R, Z, Name);
  MsDos(R);
  Handle := R.AX;
  OpenFile := not Failed(R);
end;

procedure CloseFile(Handle: Word);
var
  R: Registers;
begin
  FillChar(R, SizeOf(R), 0);
  R.AH := $3E;
  R.BX := Handle;
  MsDos(R);
end;

procedure Pause;
var
  R: Registers;
  Ticks: LongInt;
begin
  Ticks := MemL[$40:$6C];
  repeat
    FillChar(R, SizeOf(R), 0);
    R.AX := $1680;
    Intr($2F, R);
  until MemL[$40:$6C] <> Ticks;
end;

function SendText(const Name: string; Text: PChar; Bytes: Word): Boolean;
var
  R: Registers;
  Handle: Word;
begin
  SendText := False;
  if not OpenFile($3D01, Name, Handle) then Exit;
  FillChar(R, SizeOf(R), 0);
  R.AH := $40;
  R.BX := Handle;
  R.CX := Bytes;
  R.DS := Seg(Text^);
  R.DX := Ofs(Text^);
  MsDos(R);
  SendText := not Failed(R) and (R.AX = Bytes);
  CloseFile(Handle);
end;

function TStore.At(Index: LongInt): LongInt;
begin
  At := SizeOf(THeader) + (Index - 1) * LongInt(Size);
end;

function TStore.Transfer(Call: Byte; Where: LongInt; Bytes: Word; var Data): Boolean;
var
  R: Registers;
begin
  Transfer := False;
  FillChar(R, SizeOf(R), 0);
  R.AX := $4200;
  R.BX := Handle;
  R.CX := Where shr 16;
  R.DX := Where and $FFFF;
  MsDos(R);
  if Failed(R) then Exit;
  R.AH := Call;
  R.BX := Handle;
  R.CX := Bytes;
  R.DS := Seg(Data);
  R.DX := Ofs(Data);
  MsDos(R);
  Transfer := not Failed(R) and (R.AX = Bytes);
end;

function LockCall(Handle: Word; Index: LongInt; Off: Byte): Boolean;
var
  R: Registers;
  Where: LongInt;
begin
  Where := LockBase + Index;
  FillChar(R, SizeOf(R), 0);
  R.AH := $5C;
  R.AL := Off;
  R.BX := Handle;
  R.CX := Where shr 16;
  R.DX := Where and $FFFF;
  R.DI := 1;
  MsDos(R);
  LockCall := not Failed(R) or (R.AX = ErrInvalidFunction);
end;

function TStore.Lock(Index: LongInt): Boolean;
begin
  Lock := LockCall(Handle, Index, 0);
end;

procedure TStore.Unlock(Index: LongInt);
begin
  LockCall(Handle, Index, 1);
end;

{ Nobody keeps the header for long. }
function TStore.LockHeader: Boolean;
var
  Try_: Integer;
begin
  LockHeader := True;
  for Try_ := 1 to HeaderTries do begin
    if Lock(0) then Exit;
    Pause;
  end;
  LockHeader := False;
end;

function TStore.IsNew: Boolean;
begin
  IsNew := Made;
end;

function TStore.Open(const Name: string; RecordBytes: Word; FirstNumber: LongInt): Boolean;
var
  H: THeader;
begin
  Open := False;
  Size := RecordBytes;
  Made := False;
  if not OpenFile($3D00 + OpenShared, Name, Handle) then begin
    if not OpenFile($5B00, Name, Handle) then Exit;
    FillChar(H, SizeOf(H), 0);
    H.Magic := Magic;
    H.RecordBytes := Size;
    H.Number := FirstNumber;
    Made := Transfer($40, 0, SizeOf(H), H);
    CloseFile(Handle);   { made for ourselves: now shared }
    if not Made or not OpenFile($3D00 + OpenShared, Name, Handle) then Exit;
  end;
  if Transfer($3F, 0, SizeOf(H), H) and (H.Magic = Magic) and (H.RecordBytes = Size) then begin
    Changes := -1;
    Refresh;
    Open := True;
  end else
    CloseFile(Handle);
end;

procedure TStore.Close;
begin
  CloseFile(Handle);
end;

function TStore.Refresh: Boolean;
var
  H: THeader;
  R: Registers;
  Bytes: LongInt;
begin
  Refresh := False;
  if not Transfer($3F, 0, SizeOf(H), H) or (H.Changes = Changes) then Exit;
  Changes := H.Changes;
  FillChar(R, SizeOf(R), 0);
  R.AX := $4202;
  R.BX := Handle;
  MsDos(R);
  if Failed(R) then Exit;
  Bytes := LongInt(R.DX) shl 16 + R.AX;
  Count := (Bytes - SizeOf(H)) div Size;
  Refresh := True;
end;

function TStore.Get(Index: LongInt; var Rec): Boolean;
begin
  Get := Transfer($3F, At(Index), Size, Rec);
end;

{ The header tells the others; the locked header makes the count right. }
function TStore.Wrote: Boolean;
var
  H: THeader;
  R: Registers;
begin
  Wrote := False;
  if not Transfer($3F, 0, SizeOf(H), H) then Exit;
  Inc(H.Changes);
  if not Transfer($40, 0, SizeOf(H), H) then Exit;
  FillChar(R, SizeOf(R), 0);
  R.AH := $68;
  R.BX := Handle;
  MsDos(R);
  Wrote := not Failed(R) or (R.AX = ErrInvalidFunction);
end;

function TStore.Put(Index: LongInt; var Rec): Boolean;
var
  Data: Byte absolute Rec;
begin
  Put := False;
  if not LockHeader then Exit;
  Put := Transfer($40, At(Index), Size, Data) and Wrote;
  Unlock(0);
end;

function TStore.NextNumber: LongInt;
var
  H: THeader;
begin
  NextNumber := 0;
  if not LockHeader then Exit;
  if Transfer($3F, 0, SizeOf(H), H) then begin
    Inc(H.Number);
    if Transfer($40, 0, SizeOf(H), H) then NextNumber := H.Number;
  end;
  Unlock(0);
end;

function TStore.Add(var Rec): Boolean;
var
  Data: Byte absolute Rec;
begin
  Add := False;
  if not LockHeader then Exit;
  Changes := -1;
  if Refresh then Add := Transfer($40, At(Count + 1), Size, Data) and Wrote;
  Unlock(0);
  Refresh;
end;

end.
