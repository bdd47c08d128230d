-- Japanese for scripts/ch5_udp.lua; the keys are the English texts.
return {
  ["Chapter 5: UDP"] =
    "第5章 UDP",
  ["Nobody there"] =
    "だれもいない",
  ["A datagram to a port that nobody has is sent all the same. Only b's kernel says something, by ICMP."] =
    "だれも使っていないポートへのデータグラムも、そのまま送られます。何か言うのは b のカーネルだけで、ICMP を使います。",
  ["the sender hears of it at its next call: ECONNREFUSED"] =
    "送り手は次の呼び出しでそれを知る: ECONNREFUSED",
  ["because nobody listens"] =
    "だれも待ち受けていないから",
  ["the message quotes the datagram that it is about"] =
    "メッセージは問題のデータグラムを引用している",
  ["A datagram"] =
    "ひとつのデータグラム",
  ["it arrives, with its sender's address and port"] =
    "送り手のアドレスとポートとともに届く",
  ["one packet is all there is"] =
    "パケットはひとつだけ",
  ["its header is eight bytes: length 8 + 5"] =
    "ヘッダは 8 バイト: 長さは 8 + 5",
  ["Two datagrams stay two"] =
    "二つのデータグラムは二つのまま",
  ["each receive gets one of them"] =
    "受信するたびにひとつずつ得る",
  ["A loss that nobody notices"] =
    "だれも気づかない損失",
  ["b gets nothing"] =
    "b には何も届かない",
  ["and a is told nothing"] =
    "a にも何も知らされない",
}
