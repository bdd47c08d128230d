-- Japanese for scripts/ch8_echo.lua; the keys are the English texts.
return {
  ["Chapter 8: an echo server"] =
    "第8章 エコーサーバ",
  ["Two hosts"] =
    "二台のホスト",
  ["Nobody listens yet: the server's kernel answers a SYN with a reset."] =
    "まだだれも待ち受けていないので、サーバのカーネルは SYN にリセットで答えます。",
  ["a connection is refused: ECONNREFUSED"] =
    "接続は拒否される: ECONNREFUSED",
  ["because nobody listens"] =
    "だれも待ち受けていないから",
  ["TCP: a stream of bytes"] =
    "TCP: バイトの流れ",
  ["what was sent comes back"] =
    "送ったものが返ってくる",
  ["three segments come before the first byte: SYN, SYN and ACK, ACK"] =
    "最初の 1 バイトの前に三つのセグメント: SYN、SYN+ACK、ACK",
  ["UDP: one datagram, one answer"] =
    "UDP: データグラムひとつに応答ひとつ",
  ["the datagram comes back"] =
    "データグラムが返ってくる",
  ["two packets are all there is"] =
    "パケットは二つだけ",
}
