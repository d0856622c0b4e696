// ISO 4217: the currencies and how many decimals their minor unit has. Some that were withdrawn lately still stand in
// messages and are kept. Funds, metals and test codes have no minor unit and are left out.

import { builtin } from "./intrinsics.ts";

const none = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
const two =
  "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF " +
  "CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK " +
  "HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR " +
  "MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP " +
  "SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER " +
  "ZAR ZMW ZWG ZWL";
const three = "BHD IQD JOD KWD LYD OMR TND";
const four = "CLF UYW";

const decimals = builtin.createTable<number>();
for (const [digits, codes] of [none, "", two, three, four].entries()) {
  for (const code of codes.split(" ")) if (code !== "") decimals.set(code, digits);
}

/** By the code in upper case; undefined when there is no such currency. */
export function decimalsOf(code: string): number | undefined {
  return decimals.get(code);
}
