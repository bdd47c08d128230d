-- Japanese for scripts/ch4_arp.lua; the keys are the English texts.
return {
  ["Chapter 4: ARP and MAC addresses"] =
    "第4章 ARP と MAC アドレス",
  ["A question and its answer"] =
    "問いとその答え",
  ["An IP packet needs a frame, and a frame the next hop's MAC address. The table for it is empty at first."] =
    "IP パケットにはフレームが、フレームには次の相手の MAC アドレスが要ります。そのための表は、はじめは空です。",
  ["pc knows no neighbour"] =
    "pc は隣人をまだ知らない",
  ["the ping comes back"] =
    "ping は戻ってくる",
  ["the question goes to everybody"] =
    "問いは全員に向けられる",
  ["it asks for the router, not for the server"] =
    "尋ねているのはサーバではなくルータ",
  ["the answer goes to pc alone"] =
    "答えは pc だけに届く",
  ["The table afterwards"] =
    "そのあとの表",
  ["pc has learnt the router's MAC address"] =
    "pc はルータの MAC アドレスを覚えた",
  ["One packet, two frames"] =
    "ひとつのパケット、二つのフレーム",
  ["the IP addresses stay"] =
    "IP アドレスは変わらない",
  ["both MAC addresses are new"] =
    "MAC アドレスは両方とも新しい",
  ["A wrong entry"] =
    "間違った登録",
  ["frames for nobody are taken by nobody"] =
    "だれ宛てでもないフレームはだれも受け取らない",
  ["which has a name"] =
    "これには名前がある",
}
