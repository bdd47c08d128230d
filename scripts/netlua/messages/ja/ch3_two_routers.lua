-- Japanese for scripts/ch3_two_routers.lua; the keys are the English texts.
return {
  ["Chapter 3: two routers"] =
    "第3章 二台のルータ",
  ["Three networks"] =
    "三つのネットワーク",
  ["Cables, addresses and the hosts' default routes are as in the chapter before; the routers' routes are left to us."] =
    "ケーブル、アドレス、ホストのデフォルト経路は前の章と同じです。ルータの経路は自分たちで書きます。",
  ["A router knows what is on its cables, and no more"] =
    "ルータが知っているのは自分のケーブルの先だけ",
  ["r1 answers that it knows no way: Destination Net Unreachable"] =
    "r1 は道を知らないと答える: Destination Net Unreachable",
  ["the way ends at r1"] =
    "道は r1 で終わる",
  ["The way there, and no way back"] =
    "行きの道はあるが、帰りの道がない",
  ["the request arrives"] =
    "要求は届く",
  ["and still nothing comes back"] =
    "それでも何も戻らない",
  ["the answer ends at r2"] =
    "応答は r2 で終わる",
  ["Both ways"] =
    "行きも帰りも",
  ["3 of 3 come back, over two routers: TTL 62"] =
    "ルータを二つ越えて、三つのうち三つが戻る: TTL 62",
  ["the path is r1, r2, ns2"] =
    "道のりは r1、r2、ns2",
  ["ns1 never heard of 203.0.113.0/24"] =
    "ns1 は 203.0.113.0/24 を知らないまま",
}
