{ SPDX-License-Identifier: GPL-2.0-or-later }
{ What the shop keeps: customers and invoices. }
unit Books;

interface

uses Money, Store;

const
  Lines = 6;               { of an invoice }
  MaxRows = 4000;
  LineWidth = 28;

type
  TCustomer = packed record
    Deleted: Boolean;
    Number: LongInt;
    Name, Street, Town: string[30];
    Phone: string[20];
  end;

  TLine = packed record
    What: string[LineWidth];
    Quantity, Price: LongInt;
  end;

  TInvoice = packed record
    Deleted: Boolean;
    Number, Customer, Date: LongInt;
    TaxRate: LongInt;      { hundredths of a percent }
    Paid: Boolean;
    Line: array[1..Lines] of TLine;
  end;

  { Where the records that are not deleted stand in their file. }
  TRows = object
    Count: Integer;
    Index: array[0..MaxRows - 1] of Word;
    procedure Load(var From: TStore);
  end;

var
  Customers, Invoices: TStore;
  CustomerRows, InvoiceRows: TRows;

{ False: the files cannot be opened or made; Problem names the one. }
function OpenBooks(const Folder: string; var Problem: string): Boolean;
procedure CloseBooks;
{ False: there is none. }
function FindCustomer(Number: LongInt; var C: TCustomer): Boolean;
function Net(const I: TInvoice): TCents;
function Total(const I: TInvoice): TCents;
procedure NewInvoice(var I: TInvoice);

implementation

const
  StandardRate = 2000;

type
  TMark = packed record
    Deleted: Boolean;
    Number: LongInt;
  end;

procedure TRows.Load(var From: TStore);
var
  I: LongInt;
  Buffer: packed record
    Mark: TMark;
    Rest: array[1..512] of Byte;
  end;
begin
  Count := 0;
  for I := 1 to From.Count do
    if (Count < MaxRows) and From.Get(I, Buffer) and not Buffer.Mark.Deleted then begin
      Index[Count] := I;
      Inc(Count);
    end;
end;

procedure AddSample(const Name, Street, Town, Phone: string);
var
  C: TCustomer;
begin
  FillChar(C, SizeOf(C), 0);
  C.Number := Customers.NextNumber;
  C.Name := Name;
  C.Street := Street;
  C.Town := Town;
  C.Phone := Phone;
  Customers.Add(C);
end;

procedure SetLine(var L: TLine; const What: string; Quantity, Price: LongInt);
begin
  L.What := What;
  L.Quantity := Quantity;
  L.Price := Price;
end;

procedure AddSampleInvoice(Customer: LongInt);
var
  I: TInvoice;
begin
  NewInvoice(I);
  I.Number := Invoices.NextNumber;
  I.Customer := Customer;
  SetLine(I.Line[1], 'Continuous paper, 2000 sheets', 2, 3450);
  SetLine(I.Line[2], 'Printer ribbon, black', 4, 895);
  SetLine(I.Line[3], 'Diskettes 3.5", box of ten', 3, 1290);
  Invoices.Add(I);
end;

procedure AddSamples;
begin
  AddSample('Adler Bakery', '14 Mill Lane', 'Northbridge', '555 0114');
  AddSample('Brook & Daughters', '3 Harbour Street', 'Westhaven', '555 0162');
  AddSample('City Cycle Works', '78 Station Road', 'Northbridge', '555 0187');
  AddSample('Dunmore Pharmacy', '1 Market Square', 'Dunmore', '555 0125');
  AddSample('Evergreen Nursery', '220 Hill Road', 'Westhaven', '555 0139');
end;

function OpenBooks(const Folder: string; var Problem: string): Boolean;
begin
  OpenBooks := False;
  Problem := Folder + 'CUSTOMER.DAT';
  if not Customers.Open(Problem, SizeOf(TCustomer), 1000) then Exit;
  Problem := Folder + 'INVOICE.DAT';
  if not Invoices.Open(Problem, SizeOf(TInvoice), 5000) then Exit;
  if Customers.IsNew and Invoices.IsNew then begin
    AddSamples;
    AddSampleInvoice(1002);
  end;
  CustomerRows.Load(Customers);
  InvoiceRows.Load(Invoices);
  OpenBooks := True;
end;

procedure CloseBooks;
begin
  Customers.Close;
  Invoices.Close;
end;

function FindCustomer(Number: LongInt; var C: TCustomer): Boolean;
var
  I: Integer;
begin
  FindCustomer := True;
  for I := 0 to CustomerRows.Count - 1 do
    if Customers.Get(CustomerRows.Index[I], C) and (C.Number = Number) then Exit;
  FillChar(C, SizeOf(C), 0);
  FindCustomer := False;
end;

function Net(const I: TInvoice): TCents;
var
  N: Integer;
  Sum: TCents;
begin
  Sum := 0;
  for N := 1 to Lines do Sum := Sum + TCents(I.Line[N].Quantity) * I.Line[N].Price;
  Net := Sum;
end;

function Total(const I: TInvoice): TCents;
begin
  Total := Net(I) + TaxOf(Net(I), I.TaxRate);
end;

procedure NewInvoice(var I: TInvoice);
begin
  FillChar(I, SizeOf(I), 0);
  I.Date := Today;
  I.TaxRate := StandardRate;
end;

end.
