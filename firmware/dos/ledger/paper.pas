{ SPDX-License-Identifier: GPL-2.0-or-later }
{ An invoice on paper: plain text for LPT1, a form feed at its end. }
unit Paper;

interface

uses Books;

{ False: the printer does not take it. }
function PrintInvoice(const I: TInvoice): Boolean;

implementation

uses Money, Store;

const
  Printer = 'LPT1';
  LineEnd = #13#10;
  FormFeed = #12;

var
  Page: array[0..4095] of Char;
  Used: Word;

procedure Add(const S: string);
begin
  if Used + Length(S) > SizeOf(Page) then Exit;
  Move(S[1], Page[Used], Length(S));
  Inc(Used, Length(S));
end;

procedure AddLine(const S: string);
begin
  Add(S + LineEnd);
end;

procedure AddSum(const Title: string; Value: TCents);
begin
  AddLine(Left('', 38) + Left(Title, 14) + Right(MoneyText(Value), 16));
end;

procedure Compose(const I: TInvoice; const C: TCustomer);
var
  N: Integer;
  Rule: string;
begin
  Used := 0;
  FillChar(Rule[1], 68, '-');
  Rule[0] := #68;
  AddLine('');
  AddLine(C.Name);
  AddLine(C.Street);
  AddLine(C.Town);
  AddLine('');
  AddLine('INVOICE ' + NumberText(I.Number) + Right(DateText(I.Date), 56));
  AddLine('Customer ' + NumberText(C.Number));
  AddLine('');
  AddLine(Left('What', 30) + Right('Quantity', 10) + Right('Price', 12) + Right('Amount', 16));
  AddLine(Rule);
  for N := 1 to Lines do
    with I.Line[N] do
      if What <> '' then
        AddLine(Left(What, 30) + Right(NumberText(Quantity), 10) + Right(MoneyText(Price), 12) +
          Right(MoneyText(TCents(Quantity) * Price), 16));
  AddLine(Rule);
  AddSum('Net', Net(I));
  AddSum('Tax ' + MoneyText(I.TaxRate) + ' %', Total(I) - Net(I));
  AddSum('Total', Total(I));
  if I.Paid then AddLine('Paid, with thanks.');
  Add(FormFeed);
end;

function PrintInvoice(const I: TInvoice): Boolean;
var
  C: TCustomer;
begin
  FindCustomer(I.Customer, C);
  Compose(I, C);
  PrintInvoice := SendText(Printer, @Page, Used);
end;

end.
