-- Japanese for scripts/ch2_routes.lua; the keys are the English texts.
return {
  ["Chapter 2: the routing table"] =
    "第2章 経路表",
  ["What a host knows"] =
    "ホストが知っていること",
  ["An address brings a route with it: what has the same prefix is on this cable."] =
    "アドレスは経路を一つ連れてきます。同じプレフィックスのものは、このケーブルの上にいる、というものです。",
  ["pc knows its own cable"] =
    "pc は自分のケーブルを知っている",
  ["and no way to the server"] =
    "そしてサーバへの道は知らない",
  ["A default route"] =
    "デフォルト経路",
  ["A host that has one router needs one line more: everything else goes there."] =
    "ルータが一つだけのホストに要るのは、あと一行です。ほかのものはすべてそこへ送ります。",
  ["now the server is behind gate"] =
    "これでサーバは gate の向こう",
  ["its own network still needs nobody"] =
    "自分のネットワークには、やはりだれも要らない",
  ["The longest prefix wins"] =
    "最も長いプレフィックスが勝つ",
  ["gate may go left or right. It sends the whole network left, and its upper half right."] =
    "gate には左と右の道があります。ネットワーク全体は左へ、その後ろ半分は右へ送ります。",
  ["198.51.100.7 goes left: only the /24 holds it"] =
    "198.51.100.7 は左へ: 含むのは /24 だけ",
  ["198.51.100.200 goes right: the /25 is longer"] =
    "198.51.100.200 は右へ: /25 のほうが長い",
  ["There, and another way back"] =
    "行きと、別の帰り道",
  ["the packets go right"] =
    "パケットは右を通る",
  ["the answers come back left: each router decides for itself"] =
    "答えは左から帰る: どのルータも自分で決める",
  ["A circle"] =
    "堂々巡り",
  ["right is told that the server is behind gate, and gate that it is behind right."] =
    "right にはサーバは gate の向こうだと、gate には right の向こうだと教えてあります。",
  ["only the TTL ends it"] =
    "終わらせるのは TTL だけ",
  ["why sees the circle"] =
    "why は堂々巡りに気づく",
  ["set right, it arrives again"] =
    "正しく直すと、また届く",
}
