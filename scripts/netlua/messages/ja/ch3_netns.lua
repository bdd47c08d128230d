-- Japanese for scripts/ch3_netns.lua; the keys are the English texts.
return {
  ["Chapter 3: network namespaces"] =
    "第3章 ネットワーク名前空間",
  ["A network of one's own"] =
    "自分だけのネットワーク",
  ["A namespace has interfaces, addresses, routes and rules of its own. A new one has nothing but a loopback."] =
    "名前空間は自分のインタフェース、アドレス、経路、ルールを持ちます。できたばかりのものにはループバックしかありません。",
  ["there is lo and nothing else"] =
    "あるのは lo だけ",
  ["it reaches itself"] =
    "自分自身には届く",
  ["Alone"] =
    "ひとりきり",
  ["it reaches nobody else: ENETUNREACH"] =
    "ほかのだれにも届かない: ENETUNREACH",
  ["nobody has an address yet"] =
    "まだだれもアドレスを持っていない",
  ["A cable between two of them"] =
    "二つの間のケーブル",
  ["One message to the kernel makes both ends, each in its namespace. The same name in both is no conflict."] =
    "カーネルへのひとつのメッセージで両端が、それぞれの名前空間の中にできます。同じ名前でもぶつかりません。",
  ["a cable with one end down has no carrier"] =
    "片端が落ちているケーブルにはキャリアがない",
  ["They talk"] =
    "話が通じる",
  ["2 of 2 come back"] =
    "二つのうち二つが戻る",
  ["no router is between them: TTL 64"] =
    "間にルータはない: TTL 64",
  ["Pulling the plug"] =
    "ケーブルを抜く",
  ["the other end is gone with it: a cable has two ends or none"] =
    "もう片端も一緒に消える: ケーブルの端は二つかゼロ",
}
