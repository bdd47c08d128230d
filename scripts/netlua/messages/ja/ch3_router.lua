-- Japanese for scripts/ch3_router.lua; the keys are the English texts.
return {
  ["Chapter 3: two networks and the router between them"] =
    "第3章 二つのネットワークとその間のルータ",
  ["Two hosts and a router"] =
    "ホスト二台とルータ一台",
  ["Each is a network namespace: interfaces, addresses and routes of its own, and nothing in it yet."] =
    "どれもネットワーク名前空間です。インタフェースもアドレスも経路も自分のものを持ち、まだ中には何もありません。",
  ["Two cables"] =
    "ケーブル二本",
  ["A veth is a cable: what goes in at one end comes out at the other. Here each end is in another namespace."] =
    "veth はケーブルです。片方の端に入れたものは、もう片方から出てきます。ここでは両端が別々の名前空間にあります。",
  ["Addresses: one network on each cable"] =
    "アドレス: ケーブルごとにひとつのネットワーク",
  ["ns1 reaches the router on its own cable"] =
    "ns1 から、同じケーブルのルータに届く",
  ["ns1 asks for ns2"] =
    "ns1 が ns2 を呼ぶ",
  ["The packet was not even sent: ns1 has a route to its own cable's network, and to no other."] =
    "パケットは送られてもいません。ns1 にあるのは自分のケーブルのネットワークへの経路だけです。",
  ["the kernel says why: ENETUNREACH"] =
    "理由はカーネルが言う: ENETUNREACH",
  ["Default routes: what is not here is behind the router"] =
    "デフォルト経路: ここにないものはルータの向こうにある",
  ["Now the packet leaves ns1, and still nothing comes back: the router drops what is not for itself."] =
    "今度はパケットが ns1 を出ますが、やはり何も戻りません。ルータは自分宛てでないものを捨てるからです。",
  ["sent, and not answered"] =
    "送られたが、応答はない",
  ["Forwarding: the router becomes one"] =
    "フォワーディング: ルータがルータになる",
  ["the router has ns2 on gw-veth1"] =
    "ルータから見て ns2 は gw-veth1 の先にある",
  ["The proof: three echoes, seen on the router's far side"] =
    "証明: 三つのエコーを、ルータの向こう側で見る",
  ["3 of 3 come back"] =
    "三つのうち三つが戻る",
  ["every packet has crossed one router: TTL 63"] =
    "どのパケットもルータをひとつ越えた: TTL 63",
  ["the capture has 3 requests and 3 replies"] =
    "捕らえたのは要求三つと応答三つ",
  ["the request leaves the router with TTL 63"] =
    "要求は TTL 63 でルータを出る",
  ["And the path"] =
    "そして道のり",
  ["first the router, 192.0.2.254"] =
    "まずルータ 192.0.2.254",
  ["then ns2 itself, 198.51.100.1"] =
    "次に ns2 そのもの 198.51.100.1",
}
