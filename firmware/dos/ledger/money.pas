{ SPDX-License-Identifier: GPL-2.0-or-later }
{ Amounts in cents, dates as yyyymmdd, and how they are written and read.  Integers only. }
unit Money;

interface

type
  TCents = Int64;

const
  MaxPrice = 99999999;    { 999,999.99 }
  MaxQuantity = 9999;

function Right(const S: string; Width: Integer): string;
function Left(const S: string; Width: Integer): string;
function NumberText(Value: LongInt): string;
function MoneyText(Value: TCents): string;
{ 12, 12.5, 12.50; False: not an amount from 0 to MaxPrice. }
function ReadMoney(S: string; var Value: LongInt): Boolean;
{ False: not a whole number from 0 to Most. }
function ReadNumber(S: string; Most: LongInt; var Value: LongInt): Boolean;
{ Hundredths of a percent of Net, half a cent up. }
function TaxOf(Net: TCents; Rate: LongInt): TCents;

function Today: LongInt;
function DateText(Date: LongInt): string;
function Trim(const S: string): string;
function Upper(S: string): string;

implementation

uses Dos;

function Trim(const S: string): string;
var
  First, Last: Integer;
begin
  First := 1;
  Last := Length(S);
  while (First <= Last) and (S[First] = ' ') do Inc(First);
  while (Last >= First) and (S[Last] = ' ') do Dec(Last);
  Trim := Copy(S, First, Last - First + 1);
end;

function Upper(S: string): string;
var
  I: Integer;
begin
  for I := 1 to Length(S) do S[I] := UpCase(S[I]);
  Upper := S;
end;

function Right(const S: string; Width: Integer): string;
var
  R: string;
begin
  R := Copy(S, 1, Width);
  while Length(R) < Width do Insert(' ', R, 1);
  Right := R;
end;

function Left(const S: string; Width: Integer): string;
var
  R: string;
begin
  R := Copy(S, 1, Width);
  while Length(R) < Width do R := R + ' ';
  Left := R;
end;

function NumberText(Value: LongInt): string;
var
  S: string;
begin
  Str(Value, S);
  NumberText := S;
end;

function MoneyText(Value: TCents): string;
var
  S, Cents: string;
  At: Integer;
begin
  Str(Value div 100, S);
  Str(100 + Value mod 100, Cents);
  At := Length(S) - 2;
  while At > 1 do begin
    Insert(',', S, At);
    Dec(At, 3);
  end;
  MoneyText := S + '.' + Copy(Cents, 2, 2);
end;

function ReadNumber(S: string; Most: LongInt; var Value: LongInt): Boolean;
var
  I: Integer;
begin
  ReadNumber := False;
  S := Trim(S);
  Value := 0;
  for I := 1 to Length(S) do begin
    if not (S[I] in ['0'..'9']) or (Value > Most div 10) then Exit;
    Value := Value * 10 + Ord(S[I]) - Ord('0');
  end;
  ReadNumber := Value <= Most;
end;

function ReadMoney(S: string; var Value: LongInt): Boolean;
var
  Point: Integer;
  Cents: string;
  Part: LongInt;
begin
  ReadMoney := False;
  S := Trim(S);
  repeat
    Point := Pos(',', S);
    if Point > 0 then Delete(S, Point, 1);
  until Point = 0;
  Point := Pos('.', S);
  Cents := '';
  if Point > 0 then begin
    Cents := Copy(S, Point + 1, 255);
    S := Copy(S, 1, Point - 1);
  end;
  if Length(Cents) > 2 then Exit;
  while Length(Cents) < 2 do Cents := Cents + '0';
  if not ReadNumber(S, MaxPrice div 100, Value) or not ReadNumber(Cents, 99, Part) then Exit;
  Value := Value * 100 + Part;
  ReadMoney := True;
end;

function TaxOf(Net: TCents; Rate: LongInt): TCents;
begin
  TaxOf := (Net * Rate + 5000) div 10000;
end;

function Today: LongInt;
var
  Year, Month, Day, WeekDay: Word;
begin
  GetDate(Year, Month, Day, WeekDay);
  Today := LongInt(Year) * 10000 + Month * 100 + Day;
end;

function DateText(Date: LongInt): string;
var
  S: string;
begin
  Str(Date, S);
  DateText := Copy(S, 1, 4) + '-' + Copy(S, 5, 2) + '-' + Copy(S, 7, 2);
end;

end.
