-- Japanese for scripts/ch2_traceroute.lua; the keys are the English texts.
return {
  ["Chapter 2: traceroute, or what the TTL is for"] =
    "第2章 traceroute、または TTL は何のためにあるか",
  ["Nine routers in a row"] =
    "一列に並んだ九つのルータ",
  ["the server answers"] =
    "サーバは答える",
  ["its answer has lost nine: TTL 55"] =
    "その答えは九つ減っている: TTL 55",
  ["The trick, by hand"] =
    "仕掛けを手で試す",
  ["The TTL is there so that no packet runs in circles for ever. Sent with TTL 3, one comes as far as the third router."] =
    "TTL は、パケットがいつまでも回り続けないためにあります。TTL 3 で送ると、三つ目のルータまでしか届きません。",
  ["r3 says that the time was up"] =
    "r3 が、時間切れだと言う",
  ["it quotes the packet that it dropped"] =
    "捨てたパケットを引用している",
  ["The whole path"] =
    "経路の全体",
  ["traceroute does just that, with TTL 1, 2, 3 …, three times each, until the target itself says that its port is closed."] =
    "traceroute はまさにこれを、TTL 1、2、3 と三回ずつ、目的地自身がそのポートは閉じていると答えるまで行います。",
  ["ten hops, the last of them the server"] =
    "ホップは十。最後がサーバ",
  ["each hop is the next router's near side"] =
    "どのホップも、次のルータのこちら側のアドレス",
  ["the last answer is no time exceeded but port unreachable"] =
    "最後の答えは時間切れではなくポート到達不能",
  ["Two routers fall silent"] =
    "二つのルータが黙る",
  ["Many routers send no such messages, or not often. They still pass packets on: the path goes through them."] =
    "このメッセージを送らない、またはたまにしか送らないルータはたくさんあります。それでもパケットは通します。経路はそこを通っています。",
  ["stars for the fourth and the seventh"] =
    "四番目と七番目は星印になる",
  ["and the server is reached all the same"] =
    "それでもサーバには届く",
  ["A router that forgets the way"] =
    "道を忘れたルータ",
  ["the trace ends at r6, with !N: no route to the network"] =
    "追跡は r6 で !N、つまりネットワークへの経路なしで終わる",
  ["why says the same"] =
    "why も同じことを言う",
}
