{ SPDX-License-Identifier: GPL-2.0-or-later }
{ The dialogs: a customer, an invoice, a question, a record that another computer has. }
unit Forms;

interface

uses Books;

{ False: the user let it be. }
function EditCustomer(var C: TCustomer): Boolean;
function EditInvoice(var I: TInvoice): Boolean;
{ True: try again. }
function InUse(const What: string): Boolean;
function AskPrinter: Boolean;
function Sure(const What: string): Boolean;
procedure Complain(const What: string);

implementation

uses Objects, Drivers, Views, Dialogs, App, MsgBox, Money;

type
  PSums = ^TSums;
  TSums = object(TView)
    Invoice: TInvoice;
    procedure Draw; virtual;
  end;

  TCustomerData = packed record
    Name, Street, Town: string[30];
    Phone: string[20];
  end;

  TLineData = packed record
    What: string[LineWidth];
    Quantity: string[5];
    Price: string[10];
  end;

  TInvoiceData = packed record
    Customer: string[6];
    Tax: string[5];
    Paid: Word;
    Line: array[1..Lines] of TLineData;
  end;

  PInvoiceDialog = ^TInvoiceDialog;
  TInvoiceDialog = object(TDialog)
    Sums: PSums;
    Invoice: TInvoice;
    constructor Init(var I: TInvoice);
    procedure HandleEvent(var Event: TEvent); virtual;
    function Valid(Command: Word): Boolean; virtual;
    { '': what is in the fields is an invoice; else what is wrong. }
    function Take(var I: TInvoice): string;
  end;

function Field(D: PDialog; X, Y, Width, MaxLen: Integer; const Title: string;
  TitleX: Integer): PInputLine;
var
  R: TRect;
  Line: PInputLine;
begin
  R.Assign(X, Y, X + Width, Y + 1);
  Line := New(PInputLine, Init(R, MaxLen));
  D^.Insert(Line);
  if Title <> '' then begin
    R.Assign(TitleX, Y, TitleX + CStrLen(Title) + 1, Y + 1);
    D^.Insert(New(PLabel, Init(R, Title, Line)));
  end;
  Field := Line;
end;

procedure Button(D: PDialog; X, Y, Width: Integer; const Title: string; Command: Word;
  Flags: Byte);
var
  R: TRect;
begin
  R.Assign(X, Y, X + Width, Y + 2);
  D^.Insert(New(PButton, Init(R, Title, Command, Flags)));
end;

procedure Say(D: PDialog; X, Y: Integer; const Text: string);
var
  R: TRect;
begin
  R.Assign(X, Y, X + Length(Text), Y + 1);
  D^.Insert(New(PStaticText, Init(R, Text)));
end;

function Run(D: PDialog): Word;
begin
  Run := Desktop^.ExecView(D);
end;

procedure Complain(const What: string);
begin
  MessageBox(#3 + What, nil, mfError + mfOKButton);
end;

function Sure(const What: string): Boolean;
begin
  Sure := MessageBox(#3 + What, nil, mfConfirmation + mfYesButton + mfNoButton) = cmYes;
end;

function RetryBox(const Title, First, Second: string): Boolean;
var
  R: TRect;
  D: PDialog;
begin
  R.Assign(0, 0, 52, 9);
  D := New(PDialog, Init(R, Title));
  D^.Options := D^.Options or ofCentered;
  Say(D, (52 - Length(First)) div 2, 2, First);
  Say(D, (52 - Length(Second)) div 2, 3, Second);
  Button(D, 12, 6, 12, '~R~etry', cmOK, bfDefault);
  Button(D, 28, 6, 12, 'Cancel', cmCancel, bfNormal);
  D^.SelectNext(False);
  RetryBox := Run(D) = cmOK;
  Dispose(D, Done);
end;

function InUse(const What: string): Boolean;
begin
  InUse := RetryBox('In use', Copy(What, 1, 46), 'is in use on another computer.');
end;

function AskPrinter: Boolean;
begin
  AskPrinter := RetryBox('Printer', 'The printer at LPT1 does not take the text.',
    'Is it switched on, with paper?');
end;

function EditCustomer(var C: TCustomer): Boolean;
var
  R: TRect;
  D: PDialog;
  Data: TCustomerData;
  Title: string;
  Result_: Word;
begin
  Title := 'New customer';
  if C.Number <> 0 then Title := 'Customer ' + NumberText(C.Number);
  R.Assign(0, 0, 50, 14);
  D := New(PDialog, Init(R, Title));
  D^.Options := D^.Options or ofCentered;
  Field(D, 12, 2, 33, 30, '~N~ame', 3);
  Field(D, 12, 4, 33, 30, '~S~treet', 3);
  Field(D, 12, 6, 33, 30, '~T~own', 3);
  Field(D, 12, 8, 23, 20, '~P~hone', 3);
  Button(D, 12, 11, 12, 'O~K~', cmOK, bfDefault);
  Button(D, 28, 11, 12, 'Cancel', cmCancel, bfNormal);
  D^.SelectNext(False);
  Data.Name := C.Name;
  Data.Street := C.Street;
  Data.Town := C.Town;
  Data.Phone := C.Phone;
  D^.SetData(Data);
  EditCustomer := False;
  repeat
    Result_ := Run(D);
    D^.GetData(Data);
    if Result_ = cmCancel then Break;
    if Trim(Data.Name) <> '' then begin
      C.Name := Trim(Data.Name);
      C.Street := Data.Street;
      C.Town := Data.Town;
      C.Phone := Data.Phone;
      EditCustomer := True;
      Break;
    end;
    Complain('A customer needs a name.');
  until False;
  Dispose(D, Done);
end;

{ ---- an invoice ---- }

procedure TSums.Draw;
var
  B: TDrawBuffer;
  Color: Byte;
  Parts: array[0..2] of string;
  I: Integer;
begin
  Color := Lo(GetColor(6));
  Parts[0] := 'Net      ' + Right(MoneyText(Net(Invoice)), 14);
  Parts[1] := 'Tax      ' + Right(MoneyText(Total(Invoice) - Net(Invoice)), 14);
  Parts[2] := 'Total    ' + Right(MoneyText(Total(Invoice)), 14);
  for I := 0 to 2 do begin
    MoveChar(B, ' ', Color, Size.X);
    MoveStr(B, Parts[I], Color);
    WriteLine(0, I, Size.X, 1, B);
  end;
end;

procedure FillFields(const I: TInvoice; var Data: TInvoiceData);
var
  N: Integer;
begin
  FillChar(Data, SizeOf(Data), 0);
  if I.Customer <> 0 then Data.Customer := NumberText(I.Customer);
  Data.Tax := MoneyText(I.TaxRate);
  Data.Paid := Ord(I.Paid);
  for N := 1 to Lines do
    if I.Line[N].What <> '' then begin
      Data.Line[N].What := I.Line[N].What;
      Data.Line[N].Quantity := NumberText(I.Line[N].Quantity);
      Data.Line[N].Price := MoneyText(I.Line[N].Price);
    end;
end;

constructor TInvoiceDialog.Init(var I: TInvoice);
var
  R: TRect;
  N: Integer;
  Caption: string;
  Data: TInvoiceData;
begin
  Caption := 'New invoice';
  if I.Number <> 0 then Caption := 'Invoice ' + NumberText(I.Number);
  R.Assign(0, 0, 62, 19);
  inherited Init(R, Caption);
  Options := Options or ofCentered;
  Invoice := I;
  Field(@Self, 13, 2, 9, 6, '~C~ustomer', 2);
  Field(@Self, 31, 2, 8, 5, '~T~ax %', 24);
  R.Assign(42, 2, 56, 3);
  Insert(New(PCheckBoxes, Init(R, NewSItem('~P~aid', nil))));
  Say(@Self, 3, 4, 'What');
  Say(@Self, 34, 4, 'Quantity');
  Say(@Self, 46, 4, 'Price each');
  for N := 1 to Lines do begin
    Field(@Self, 2, 4 + N, 31, LineWidth, '', 0);
    Field(@Self, 34, 4 + N, 8, 5, '', 0);
    Field(@Self, 45, 4 + N, 13, 10, '', 0);
  end;
  R.Assign(33, 12, 58, 15);
  Sums := New(PSums, Init(R));
  Sums^.Invoice := I;
  Insert(Sums);
  Say(@Self, 3, 12, 'Date ' + DateText(I.Date));
  Button(@Self, 17, 16, 12, 'O~K~', cmOK, bfDefault);
  Button(@Self, 33, 16, 12, 'Cancel', cmCancel, bfNormal);
  SelectNext(False);
  FillFields(I, Data);
  SetData(Data);
end;

function TInvoiceDialog.Take(var I: TInvoice): string;
var
  Data: TInvoiceData;
  C: TCustomer;
  N: Integer;
begin
  Take := '';
  GetData(Data);
  I.Paid := Data.Paid and 1 <> 0;
  for N := 1 to Lines do begin
    I.Line[N].What := Trim(Data.Line[N].What);
    if not ReadNumber(Data.Line[N].Quantity, MaxQuantity, I.Line[N].Quantity) then begin
      Take := 'Line ' + NumberText(N) + ': quantities are 0 to 9999.';
      I.Line[N].Quantity := 0;
    end else if not ReadMoney(Data.Line[N].Price, I.Line[N].Price) then begin
      Take := 'Line ' + NumberText(N) + ': prices look like 12.50.';
      I.Line[N].Price := 0;
    end;
  end;
  if not ReadMoney(Data.Tax, I.TaxRate) or (I.TaxRate > 10000) then begin
    Take := 'The tax is a rate like 20.00.';
    I.TaxRate := 0;
  end;
  if not ReadNumber(Data.Customer, 999999, I.Customer) or
    not FindCustomer(I.Customer, C) then Take := 'No customer has this number.';
end;

procedure TInvoiceDialog.HandleEvent(var Event: TEvent);
begin
  inherited HandleEvent(Event);
  if (Event.What = evNothing) and (Sums <> nil) then begin
    Take(Invoice);
    Sums^.Invoice := Invoice;
    Sums^.DrawView;
  end;
end;

function TInvoiceDialog.Valid(Command: Word): Boolean;
var
  Problem: string;
begin
  Valid := inherited Valid(Command);
  if Command <> cmOK then Exit;
  Problem := Take(Invoice);
  if Problem = '' then Exit;
  Complain(Problem);
  Valid := False;
end;

function EditInvoice(var I: TInvoice): Boolean;
var
  D: PInvoiceDialog;
begin
  D := New(PInvoiceDialog, Init(I));
  EditInvoice := False;
  if Run(D) = cmOK then begin
    I := D^.Invoice;
    EditInvoice := True;
  end;
  Dispose(D, Done);
end;

end.
