{ SPDX-License-Identifier: GPL-2.0-or-later }
{ Windows with tables: the customers, the invoices, and the two reports. }
unit Tables;

interface

uses Objects, Drivers, Views;

const
  cmNew = 200;
  cmEdit = 201;
  cmRemove = 202;
  cmFind = 203;
  cmFindNext = 204;
  cmPrint = 205;
  cmInvoiceFor = 206;
  cmBooksChanged = 207;

type
  PTable = ^TTable;
  TTable = object(TListViewer)
    constructor Init(var R: TRect; Bar: PScrollBar);
    function Rows: Integer; virtual;
    procedure SelectItem(Item: Sw_Integer); virtual;
    procedure HandleEvent(var Event: TEvent); virtual;
    procedure Command(What: Word); virtual;
    procedure Reload;
    function GetPalette: PPalette; virtual;
  end;

  PCustomerTable = ^TCustomerTable;
  TCustomerTable = object(TTable)
    function Rows: Integer; virtual;
    function GetText(Item, MaxLen: Sw_Integer): string; virtual;
    procedure Command(What: Word); virtual;
    procedure Edit;
    procedure Find(Again: Boolean);
  end;

  PInvoiceTable = ^TInvoiceTable;
  TInvoiceTable = object(TTable)
    function Rows: Integer; virtual;
    function GetText(Item, MaxLen: Sw_Integer): string; virtual;
    procedure Command(What: Word); virtual;
    procedure Edit;
    procedure Print;
  end;

  PReportTable = ^TReportTable;
  TReportTable = object(TTable)
    Text: PCollection;
    destructor Done; virtual;
    function Rows: Integer; virtual;
    function GetText(Item, MaxLen: Sw_Integer): string; virtual;
  end;

  PHeading = ^THeading;
  THeading = object(TView)
    Text: string[80];
    procedure Draw; virtual;
  end;

function CustomerWindow(R: TRect): PWindow;
function InvoiceWindow(R: TRect): PWindow;
{ Invoices that are not paid; what each customer bought. }
function UnpaidReport(R: TRect): PWindow;
function TurnoverReport(R: TRect): PWindow;
{ Enters an invoice; 0: the customer is asked for. }
procedure EnterInvoice(Customer: LongInt);
{ Takes over what was written, here or elsewhere; tells all windows. }
procedure RefreshBooks(Always: Boolean);

implementation

uses App, MsgBox, Money, Books, Forms, Paper;

const
  CustomerHeading = ' Number  Name                            Town                 Phone';
  InvoiceHeading = ' Number  Date        Customer                                  Total';
  UnpaidHeading = ' Number  Date        Customer                                  Total';
  TurnoverHeading = ' Number  Customer                         Invoices           Turnover';
  DiskProblem = 'The disk did not take the record.';

type
  TText = string[80];
  PText = ^TText;
  TTexts = object(TCollection)
    procedure FreeItem(Item: Pointer); virtual;
    procedure Add(const S: string);
  end;
  PTexts = ^TTexts;

var
  Sought: string[30];

procedure RefreshBooks(Always: Boolean);
var
  C, I: Boolean;
begin
  C := Customers.Refresh;
  I := Invoices.Refresh;
  if C or Always then CustomerRows.Load(Customers);
  if I or Always then InvoiceRows.Load(Invoices);
  if C or I or Always then Message(Desktop, evBroadcast, cmBooksChanged, nil);
end;

procedure Written(Done: Boolean);
begin
  if not Done then Complain(DiskProblem);
  RefreshBooks(True);
end;

procedure THeading.Draw;
var
  B: TDrawBuffer;
  Color: Byte;
begin
  Color := Lo(GetColor(2));
  MoveChar(B, ' ', Color, Size.X);
  MoveStr(B, Text, Color);
  WriteLine(0, 0, Size.X, 1, B);
end;

{ ---- any table ---- }

constructor TTable.Init(var R: TRect; Bar: PScrollBar);
begin
  inherited Init(R, 1, nil, Bar);
  GrowMode := gfGrowHiX + gfGrowHiY;
end;

function TTable.GetPalette: PPalette;
const
  Colors: string[5] = #6#6#7#6#6;
begin
  GetPalette := PPalette(@Colors);
end;

function TTable.Rows: Integer;
begin
  Rows := 0;
end;

procedure TTable.Reload;
begin
  SetRange(Rows);
  if (Focused >= Range) and (Range > 0) then FocusItem(Range - 1);
  DrawView;
end;

procedure TTable.SelectItem(Item: Sw_Integer);
begin
  Command(cmEdit);
end;

procedure TTable.Command(What: Word);
begin
end;

procedure TTable.HandleEvent(var Event: TEvent);
begin
  if (Event.What = evBroadcast) and (Event.Command = cmBooksChanged) then begin
    Reload;
    Exit;
  end;
  if Event.What = evKeyDown then
    case Event.KeyCode of
      kbEnter: begin Command(cmEdit); ClearEvent(Event); end;
      kbIns: begin Command(cmNew); ClearEvent(Event); end;
      kbDel: begin Command(cmRemove); ClearEvent(Event); end;
    end;
  inherited HandleEvent(Event);
  if (Event.What = evCommand) and (Event.Command >= cmNew) and (Event.Command <= cmInvoiceFor)
  then begin
    Command(Event.Command);
    ClearEvent(Event);
  end;
end;

function TableWindow(var R: TRect; const Title, Heading: string; Table: PTable): PWindow;
var
  W: PWindow;
  Head: PHeading;
  Bar: PScrollBar;
  Inner: TRect;
begin
  W := New(PWindow, Init(R, Title, wnNoNumber));
  W^.Options := W^.Options or ofTileable;
  Bar := W^.StandardScrollBar(sbVertical + sbHandleKeyboard);
  W^.GetExtent(Inner);
  Inner.Grow(-1, -1);
  Inner.B.Y := Inner.A.Y + 1;
  Head := New(PHeading, Init(Inner));
  Head^.Text := Heading;
  Head^.GrowMode := gfGrowHiX;
  W^.Insert(Head);
  W^.GetExtent(Inner);
  Inner.Grow(-1, -1);
  Inc(Inner.A.Y);
  Table^.ChangeBounds(Inner);
  Table^.VScrollBar := Bar;
  Table^.SetRange(Table^.Rows);
  W^.Insert(Table);
  TableWindow := W;
end;

{ ---- customers ---- }

function TCustomerTable.Rows: Integer;
begin
  Rows := CustomerRows.Count;
end;

function TCustomerTable.GetText(Item, MaxLen: Sw_Integer): string;
var
  C: TCustomer;
begin
  GetText := '';
  if (Item < CustomerRows.Count) and Customers.Get(CustomerRows.Index[Item], C) then
    GetText := Copy(Right(NumberText(C.Number), 6) + '  ' + Left(C.Name, 32) + Left(C.Town, 21) +
      C.Phone, 1, MaxLen);
end;

procedure TCustomerTable.Command(What: Word);
var
  C: TCustomer;
  At: Word;
  Mine: Boolean;
begin
  case What of
    cmNew: begin
      FillChar(C, SizeOf(C), 0);
      if not EditCustomer(C) then Exit;
      C.Number := Customers.NextNumber;
      Written((C.Number <> 0) and Customers.Add(C));
      FocusItem(Range - 1);
      DrawView;
    end;
    cmFind: Find(False);
    cmFindNext: Find(Sought <> '');
  end;
  if Range = 0 then Exit;
  At := CustomerRows.Index[Focused];
  if not Customers.Get(At, C) then Exit;
  case What of
    cmEdit: Edit;
    cmInvoiceFor: EnterInvoice(C.Number);
    cmRemove: begin
      repeat
        Mine := Customers.Lock(At);
      until Mine or not InUse('Customer ' + NumberText(C.Number) + ', ' + C.Name + ',');
      if not Mine then Exit;
      if Customers.Get(At, C) and Sure('Delete ' + C.Name + '?') then begin
        C.Deleted := True;
        Written(Customers.Put(At, C));
      end;
      Customers.Unlock(At);
    end;
  end;
end;

procedure TCustomerTable.Edit;
var
  C: TCustomer;
  At: Word;
begin
  At := CustomerRows.Index[Focused];
  if not Customers.Get(At, C) then Exit;
  while not Customers.Lock(At) do
    if not InUse('Customer ' + NumberText(C.Number) + ', ' + C.Name + ',') then Exit;
  if Customers.Get(At, C) and not C.Deleted and EditCustomer(C) then
    Written(Customers.Put(At, C));
  Customers.Unlock(At);
end;

procedure TCustomerTable.Find(Again: Boolean);
var
  S: string;
  I, From: Integer;
begin
  S := Sought;
  if not Again and (InputBox('Find', '~P~art of the line', S, 30) <> cmOK) then Exit;
  Sought := S;
  From := 0;
  if Again then From := Focused + 1;
  for I := From to Range - 1 do
    if Pos(Upper(Sought), Upper(GetText(I, 255))) > 0 then begin
      FocusItem(I);
      DrawView;
      Exit;
    end;
  MessageBox(#3'Not found.', nil, mfInformation + mfOKButton);
end;

function CustomerWindow(R: TRect): PWindow;
begin
  CustomerWindow := TableWindow(R, 'Customers', CustomerHeading, New(PCustomerTable, Init(R, nil)));
end;

{ ---- invoices ---- }

procedure EnterInvoice(Customer: LongInt);
var
  I: TInvoice;
begin
  NewInvoice(I);
  I.Customer := Customer;
  if not EditInvoice(I) then Exit;
  I.Number := Invoices.NextNumber;
  Written((I.Number <> 0) and Invoices.Add(I));
end;

function InvoiceText(const I: TInvoice): string;
var
  C: TCustomer;
  Mark: string;
begin
  if not FindCustomer(I.Customer, C) then C.Name := '(deleted)';
  Mark := '';
  if I.Paid then Mark := '  paid';
  InvoiceText := Right(NumberText(I.Number), 6) + '  ' + DateText(I.Date) + '  ' +
    Left(C.Name, 31) + Right(MoneyText(Total(I)), 16) + Mark;
end;

function TInvoiceTable.Rows: Integer;
begin
  Rows := InvoiceRows.Count;
end;

function TInvoiceTable.GetText(Item, MaxLen: Sw_Integer): string;
var
  I: TInvoice;
begin
  GetText := '';
  if (Item < InvoiceRows.Count) and Invoices.Get(InvoiceRows.Index[Item], I) then
    GetText := Copy(InvoiceText(I), 1, MaxLen);
end;

procedure TInvoiceTable.Command(What: Word);
begin
  if (What = cmNew) or (What = cmInvoiceFor) then begin
    EnterInvoice(0);
    if Range > 0 then FocusItem(Range - 1);
    DrawView;
  end else if Range > 0 then
    case What of
      cmEdit: Edit;
      cmPrint: Print;
      cmRemove: Complain('An invoice stays in the books.');
    end;
end;

procedure TInvoiceTable.Edit;
var
  I: TInvoice;
  At: Word;
begin
  At := InvoiceRows.Index[Focused];
  if not Invoices.Get(At, I) then Exit;
  while not Invoices.Lock(At) do
    if not InUse('Invoice ' + NumberText(I.Number)) then Exit;
  if Invoices.Get(At, I) and EditInvoice(I) then Written(Invoices.Put(At, I));
  Invoices.Unlock(At);
end;

procedure TInvoiceTable.Print;
var
  I: TInvoice;
begin
  if not Invoices.Get(InvoiceRows.Index[Focused], I) then Exit;
  while not PrintInvoice(I) do
    if not AskPrinter then Exit;
  MessageBox(#3'Invoice ' + NumberText(I.Number) + ' went to LPT1.', nil,
    mfInformation + mfOKButton);
end;

function InvoiceWindow(R: TRect): PWindow;
begin
  InvoiceWindow := TableWindow(R, 'Invoices', InvoiceHeading, New(PInvoiceTable, Init(R, nil)));
end;

{ ---- reports ---- }

procedure TTexts.FreeItem(Item: Pointer);
begin
  Dispose(PText(Item));
end;

procedure TTexts.Add(const S: string);
var
  P: PText;
begin
  New(P);
  P^ := S;
  Insert(P);
end;

destructor TReportTable.Done;
begin
  Dispose(Text, Done);
  inherited Done;
end;

function TReportTable.Rows: Integer;
begin
  Rows := Text^.Count;
end;

function TReportTable.GetText(Item, MaxLen: Sw_Integer): string;
begin
  GetText := '';
  if Item < Text^.Count then GetText := Copy(PText(Text^.At(Item))^, 1, MaxLen);
end;

function Report(var R: TRect; const Title, Heading: string; Text: PTexts): PWindow;
var
  Table: PReportTable;
begin
  Table := New(PReportTable, Init(R, nil));
  Table^.Text := Text;
  Report := TableWindow(R, Title, Heading, Table);
end;

function UnpaidReport(R: TRect): PWindow;
var
  Text: PTexts;
  N: Integer;
  I: TInvoice;
  Sum: TCents;
begin
  Text := New(PTexts, Init(50, 50));
  Sum := 0;
  for N := 0 to InvoiceRows.Count - 1 do
    if Invoices.Get(InvoiceRows.Index[N], I) and not I.Paid then begin
      Text^.Add(InvoiceText(I));
      Sum := Sum + Total(I);
    end;
  Text^.Add('');
  Text^.Add(Left('', 20) + Left('Together', 31) + Right(MoneyText(Sum), 16));
  UnpaidReport := Report(R, 'Unpaid invoices', UnpaidHeading, Text);
end;

function TurnoverReport(R: TRect): PWindow;
var
  Text: PTexts;
  N, M, Found: Integer;
  C: TCustomer;
  I: TInvoice;
  Sum: TCents;
begin
  Text := New(PTexts, Init(50, 50));
  for N := 0 to CustomerRows.Count - 1 do
    if Customers.Get(CustomerRows.Index[N], C) then begin
      Sum := 0;
      Found := 0;
      for M := 0 to InvoiceRows.Count - 1 do
        if Invoices.Get(InvoiceRows.Index[M], I) and (I.Customer = C.Number) then begin
          Inc(Found);
          Sum := Sum + Total(I);
        end;
      Text^.Add(Right(NumberText(C.Number), 6) + '  ' + Left(C.Name, 31) +
        Right(NumberText(Found), 10) + Right(MoneyText(Sum), 19));
    end;
  TurnoverReport := Report(R, 'Turnover by customer', TurnoverHeading, Text);
end;

end.
