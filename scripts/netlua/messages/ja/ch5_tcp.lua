-- Japanese for scripts/ch5_tcp.lua; the keys are the English texts.
return {
  ["Chapter 5: TCP"] =
    "第5章 TCP",
  ["A conversation"] =
    "ひとつの会話",
  ["the bytes arrive"] =
    "バイトが届く",
  ["What the ladder says"] =
    "はしご図が語ること",
  ["SYN, SYN and ACK, ACK: both sides have named their first number"] =
    "SYN、SYN+ACK、ACK: 両側が最初の番号を名乗った",
  ["the answer acknowledges the SYN: it counts as one byte"] =
    "答えは SYN を確認する: SYN は 1 バイトに数える",
  ["the data begins where the SYN ended"] =
    "データは SYN の終わったところから始まる",
  ["b says that it has five bytes more"] =
    "b は 5 バイト多く受け取ったと言う",
  ["each side closes its own direction: two FINs"] =
    "それぞれが自分の向きを閉じる: FIN は二つ",
  ["A loss"] =
    "損失",
  ["b's filter drops the first segment that has data, and lets everything after it through."] =
    "b のフィルタは、データを持つ最初のセグメントを捨て、そのあとはすべて通します。",
  ["the bytes arrive all the same"] =
    "それでもバイトは届く",
  ["the same segment was sent twice"] =
    "同じセグメントが二度送られた",
  ["Nothing told a of the loss: its timer ran out, which is 200 ms at least."] =
    "損失を a に知らせるものはありませんでした。タイマー (短くても 200 ms) が切れたのです。",
  ["Nobody there"] =
    "だれもいない",
  ["a port that nobody has answers with a reset: ECONNREFUSED"] =
    "だれも使っていないポートはリセットで答える: ECONNREFUSED",
  ["because nobody listens"] =
    "だれも待ち受けていないから",
}
