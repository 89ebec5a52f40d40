* Makes start.sav, start.zsav and start.por with GNU PSPP: pspp start.sps.
* All persons are invented.
data list list / id (f4.0) trivsel (f2.0) score (f4.0) h1 (f1.0) h2 (f1.0) h3 (f1.0)
  kommune (a12) opstart (edate10) timer (f8.2) foerste (f1.0) anden (f1.0).
begin data
1 1 3 1 0 1 "Aarhus" 31.12.2004 7.5 1 2
2 9 -1 0 0 0 "UOPLYST" 01.02.2003 . 2 3
3 . -4 1 . 0 "" . 2.25 3 .
4 8 97 0 1 1 "Sønderborg" 05.06.2001 37 1 3
5 2 -3 1 1 0 "Ærø" 29.02.2024 10 2 1
end data.
variable labels trivsel 'Trivsel på en skala' score 'Samlet score' timer 'Timer om ugen'.
value labels trivsel 1 'Ja' 2 'Nej' 8 'Ikke relevant' 9 'Ved ikke'
  / score -4 'Ikke stillet' -1 'Ved ikke' 97 'Ønsker ikke at svare'
  / h1 h2 h3 0 'Ikke valgt' 1 'Valgt'
  / kommune 'UOPLYST' 'Uoplyst'
  / foerste anden 1 'Løn' 2 'Kolleger' 3 'Indhold'.
missing values trivsel (8,9) score (-4 thru -1, 97) kommune ('UOPLYST').
variable level id (nominal) trivsel (ordinal) score (scale) h1 h2 h3 (nominal).
file label 'Opdigtede personer'.
add document 'Ingen af dem findes.'.
mrsets /mdgroup name=$hjaelp label='Hjælp fra' variables=h1 h2 h3 value=1
  /mcgroup name=$vigtigst label='Vigtigst' variables=foerste anden.
save outfile='start.sav'.
save outfile='start.zsav' /zcompressed.
export outfile='start.por'.
