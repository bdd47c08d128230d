-- Japanese for scripts/ch2_ping.lua; the keys are the English texts.
return {
  ["Chapter 2: ping, and the ICMP messages under it"] =
    "第2章 ping と、その下にある ICMP メッセージ",
  ["A fresh host"] =
    "まっさらなホスト",
  ["A new network namespace is a computer without cables: it has one interface, the loopback, which leads back to itself."] =
    "できたばかりのネットワーク名前空間は、ケーブルのないコンピュータです。自分自身に戻ってくるループバックというインターフェースだけがあります。",
  ["there is lo, and nothing else"] =
    "lo があり、ほかには何もない",
  ["its address is 127.0.0.1"] =
    "そのアドレスは 127.0.0.1",
  ["Over the loopback"] =
    "ループバックを通して",
  ["it answers itself"] =
    "自分で自分に答える",
  ["every other address is unreachable from here"] =
    "ここからほかのアドレスには届かない",
  ["Over a cable"] =
    "ケーブルを通して",
  ["Two hosts and a cable. tcpdump listens at the far end while ping asks three times."] =
    "ホストが二つとケーブルが一本。ping が三回尋ねるあいだ、向こう側で tcpdump が聞いています。",
  ["3 of 3 come back"] =
    "3 回のうち 3 回戻ってくる",
  ["each question is an ICMP message, and so is each answer"] =
    "問いはどれも ICMP メッセージで、答えもそうである",
  ["the answer carries the question's number"] =
    "答えは問いと同じ番号を持っている",
  ["no router was on the way: TTL 64"] =
    "途中にルータはなかった: TTL 64",
  ["Nobody there"] =
    "だれもいない",
  ["192.0.2.77 belongs to the cable's network, so pc looks for it there: three questions, a second apart, then it gives up."] =
    "192.0.2.77 はこのケーブルのネットワークに属するので、pc はそこで探します。一秒おきに三回尋ね、それから諦めます。",
  ["pc's own kernel says: Destination Host Unreachable"] =
    "pc 自身のカーネルが言う: Destination Host Unreachable",
  ["A server that does not want to answer"] =
    "答えたくないサーバ",
  ["the question arrives and is not answered"] =
    "問いは届くが、答えはない",
  ["Silence looks the same whatever its cause. So ask for the account:"] =
    "沈黙は、原因が何であっても同じに見えます。だから理由を尋ねます:",
  ["why names the switch that is set"] =
    "why は設定されているスイッチの名前を言う",
  ["set back, it answers again"] =
    "元に戻すと、また答える",
}
