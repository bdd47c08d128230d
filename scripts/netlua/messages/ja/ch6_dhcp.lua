-- Japanese for scripts/ch6_dhcp.lua; the keys are the English texts.
return {
  ["Chapter 6: DHCP"] =
    "第6章 DHCP",
  ["A host without an address"] =
    "アドレスのないホスト",
  ["without an address nothing goes: ENETUNREACH"] =
    "アドレスがなければ何も送れない: ENETUNREACH",
  ["because it has no address"] =
    "アドレスがないから",
  ["Discover, offer, request, ack"] =
    "Discover、Offer、Request、ACK",
  ["an address out of the range is leased"] =
    "範囲内のアドレスが貸し出される",
  ["four messages: discover, offer, request, ack"] =
    "メッセージは四つ: discover、offer、request、ack",
  ["the first comes from 0.0.0.0 and goes to everybody"] =
    "最初のひとつは 0.0.0.0 から全員に宛てられている",
  ["The lease becomes an address"] =
    "貸し出されたアドレスを付ける",
  ["now the server is reached"] =
    "今度はサーバに届く",
  ["and everything else would be behind it"] =
    "ほかの宛先はすべてその先にある",
}
