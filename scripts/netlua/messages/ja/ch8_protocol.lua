-- Japanese for scripts/ch8_protocol.lua; the keys are the English texts.
return {
  ["Chapter 8: a protocol of one's own"] =
    "第8章 自分のプロトコル",
  ["Nobody there yet"] =
    "まだだれもいない",
  ["a protocol needs somebody who listens: ECONNREFUSED"] =
    "プロトコルには待ち受ける相手が要る: ECONNREFUSED",
  ["Without any form: bytes are bytes"] =
    "形を決めないとき: バイトはただのバイト",
  ["The client sends two messages; the server reads what there is."] =
    "クライアントは二つのメッセージを送り、サーバは届いたものを読みます。",
  ["they have become one"] =
    "ひとつになってしまった",
  ["A line each"] =
    "一行にひとつ",
  ["A separator works as long as no message contains it. This one does."] =
    "区切り文字は、メッセージの中に現れないかぎり役に立ちます。このメッセージには現れます。",
  ["two messages have become three"] =
    "二つのメッセージが三つになった",
  ["A length in front"] =
    "先頭に長さを付ける",
  ["three messages arrive as three"] =
    "三つのメッセージが三つとして届く",
  ["each is what was sent"] =
    "どれも送ったとおり",
  ["the wire knows nothing of messages: 3021 bytes went over it"] =
    "回線はメッセージを知らない: 流れたのは 3021 バイト",
}
