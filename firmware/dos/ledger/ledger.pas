{ SPDX-License-Identifier: GPL-2.0-or-later }
{ LEDGER: the customers and invoices of a small shop, on one computer or several that share a
  folder.  LEDGER [FOLDER]: where the data are, else beside the program. }
program Ledger;

{$M 24576, 32000, 655360}

uses
  Dos, Objects, Drivers, Views, Menus, Dialogs, App, MsgBox, Video, Money, Books, Tables;

const
  cmCustomers = 1000;
  cmInvoices = 1001;
  cmUnpaid = 1002;
  cmTurnover = 1003;
  cmAbout = 1004;
  cmLines = 1005;
  LookTicks = 18;            { between two looks at what others wrote }

type
  TShop = object(TApplication)
    Looked: LongInt;
    constructor Init;
    procedure InitMenuBar; virtual;
    procedure InitStatusLine; virtual;
    procedure HandleEvent(var Event: TEvent); virtual;
    procedure Idle; virtual;
    procedure Open(Which: Word);
    procedure About;
    procedure OtherLines;
  end;

{ A drive that is not ready fails the call; the program says what did not work. }
procedure CriticalError; assembler; nostackframe;
asm
  mov al, 3
  iret
end;

procedure Break_; assembler; nostackframe;
asm
  iret
end;

{ Some BIOSes answer INT 10h/1Bh with a row too few, which the library would believe. }
procedure PresetScreen;
begin
  if Mem[$40:$49] = 7 then Exit;
  Video.ScreenWidth := MemW[$40:$4A];
  Video.ScreenHeight := Mem[$40:$84] + 1;
  Video.ScreenColor := True;
end;

constructor TShop.Init;
begin
  PresetScreen;
  inherited Init;
  Open(cmInvoices);
  Open(cmCustomers);
end;

procedure TShop.InitMenuBar;
var
  R: TRect;
begin
  GetExtent(R);
  R.B.Y := R.A.Y + 1;
  MenuBar := New(PMenuBar, Init(R, NewMenu(
    NewSubMenu('~'#240'~', hcNoContext, NewMenu(
      NewItem('~A~bout Ledger...', '', kbNoKey, cmAbout, hcNoContext, nil)),
    NewSubMenu('~B~ooks', hcNoContext, NewMenu(
      NewItem('~C~ustomers', 'F2', kbF2, cmCustomers, hcNoContext,
      NewItem('~I~nvoices', 'F3', kbF3, cmInvoices, hcNoContext,
      NewLine(
      NewItem('E~x~it', 'Alt-X', kbAltX, cmQuit, hcNoContext, nil))))),
    NewSubMenu('~R~ecord', hcNoContext, NewMenu(
      NewItem('~N~ew...', 'Ins', kbNoKey, cmNew, hcNoContext,
      NewItem('~E~dit...', 'Enter', kbNoKey, cmEdit, hcNoContext,
      NewItem('~D~elete', 'Del', kbNoKey, cmRemove, hcNoContext,
      NewLine(
      NewItem('~F~ind...', 'F7', kbF7, cmFind, hcNoContext,
      NewItem('Find ne~x~t', 'Shift-F7', kbShiftF7, cmFindNext, hcNoContext,
      NewLine(
      NewItem('~I~nvoice for customer...', 'F8', kbF8, cmInvoiceFor, hcNoContext,
      NewItem('~P~rint invoice', 'F9', kbF9, cmPrint, hcNoContext, nil)))))))))),
    NewSubMenu('Re~p~orts', hcNoContext, NewMenu(
      NewItem('~U~npaid invoices', '', kbNoKey, cmUnpaid, hcNoContext,
      NewItem('~T~urnover by customer', '', kbNoKey, cmTurnover, hcNoContext, nil))),
    NewSubMenu('~W~indow', hcNoContext, NewMenu(
      NewItem('~N~ext', 'F6', kbF6, cmNext, hcNoContext,
      NewItem('~Z~oom', 'F5', kbF5, cmZoom, hcNoContext,
      NewItem('~M~ove and size', 'Ctrl-F5', kbCtrlF5, cmResize, hcNoContext,
      NewItem('~C~lose', 'Alt-F3', kbAltF3, cmClose, hcNoContext,
      NewLine(
      NewItem('~2~5 or 50 lines', '', kbNoKey, cmLines, hcNoContext, nil))))))),
    nil))))))));
end;

procedure TShop.InitStatusLine;
var
  R: TRect;
begin
  GetExtent(R);
  R.A.Y := R.B.Y - 1;
  StatusLine := New(PStatusLine, Init(R, NewStatusDef(0, $FFFF,
    NewStatusKey('~F2~ Customers', kbF2, cmCustomers,
    NewStatusKey('~F3~ Invoices', kbF3, cmInvoices,
    NewStatusKey('~F7~ Find', kbF7, cmFind,
    NewStatusKey('~F8~ Invoice', kbF8, cmInvoiceFor,
    NewStatusKey('~F9~ Print', kbF9, cmPrint,
    NewStatusKey('~F10~ Menu', kbF10, cmMenu,
    NewStatusKey('~Alt-X~ Exit', kbAltX, cmQuit, nil))))))), nil)));
end;

{ A book that is open comes to the front. }
procedure TShop.Open(Which: Word);
var
  R: TRect;
  W: PWindow;

  function Same(P: PView): Boolean; far;
  begin
    Same := P^.HelpCtx = Which;
  end;

begin
  W := PWindow(Desktop^.FirstThat(@Same));
  if W <> nil then begin
    W^.Select;
    Exit;
  end;
  Desktop^.GetExtent(R);
  case Which of
    cmCustomers: begin R.A.Y := R.B.Y div 2 - 5; Inc(R.A.X, 2); W := CustomerWindow(R); end;
    cmInvoices: begin Dec(R.B.X, 2); R.B.Y := R.B.Y div 2 + 4; W := InvoiceWindow(R); end;
    cmUnpaid: begin R.Grow(-1, -2); W := UnpaidReport(R); end;
    cmTurnover: begin R.Grow(-1, -2); W := TurnoverReport(R); end;
  end;
  if (Which = cmCustomers) or (Which = cmInvoices) then W^.HelpCtx := Which;
  InsertWindow(W);
end;

procedure TShop.About;
begin
  MessageBox(#3'Ledger'#13#13#3'Customers and invoices of a small shop'#13#3 +
    'Part of Bygone, GPL-2.0-or-later', nil, mfInformation + mfOKButton);
end;

procedure TShop.OtherLines;
var
  Mode: TVideoMode;
begin
  Mode := ScreenMode;
  Mode.Col := 80;
  Mode.Color := True;
  if Video.ScreenHeight > 25 then Mode.Row := 25 else Mode.Row := 50;
  SetScreenVideoMode(Mode);
end;

procedure TShop.HandleEvent(var Event: TEvent);
begin
  inherited HandleEvent(Event);
  if Event.What <> evCommand then Exit;
  case Event.Command of
    cmCustomers, cmInvoices, cmUnpaid, cmTurnover: Open(Event.Command);
    cmAbout: About;
    cmLines: OtherLines;
  else
    Exit;
  end;
  ClearEvent(Event);
end;

procedure TShop.Idle;
begin
  inherited Idle;
  if Abs(MemL[$40:$6C] - Looked) < LookTicks then Exit;
  Looked := MemL[$40:$6C];
  RefreshBooks(False);
end;

function DataFolder: string;
var
  Folder: DirStr;
  Name: NameStr;
  Ext: ExtStr;
begin
  FSplit(ParamStr(0), Folder, Name, Ext);
  if ParamCount > 0 then Folder := ParamStr(1);
  if (Folder <> '') and not (Folder[Length(Folder)] in ['\', ':']) then Folder := Folder + '\';
  DataFolder := Folder;
end;

var
  Shop: TShop;
  Problem: string;

begin
  SetIntVec($24, @CriticalError);
  SetIntVec($23, @Break_);
  if not OpenBooks(DataFolder, Problem) then begin
    WriteLn('LEDGER: ', Problem, ' cannot be opened, or is not a file of this program.');
    Halt(1);
  end;
  Shop.Init;
  Shop.Run;
  Shop.Done;
  CloseBooks;
end.
