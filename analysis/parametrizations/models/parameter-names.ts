/** What a parameter's name alone says, in the habits of PyTorch, transformers, timm, nanoGPT, Flax and our own trainer. */
export interface NameHint {
  readonly kind: "table" | "token" | "patch" | "readout" | "router" | "norm" | "headNorm" | "hidden" | "unknown";
  /** The module as architectures call it; undefined where the name does not say. */
  readonly module?: string;
  /** The part of the name that says so. */
  readonly word: string;
}

/** A name taken apart: what owns the parameter, and what the parameter is to it. */
export interface ParsedName {
  /** Lower case, without wrappers such as `module.` and without the suffix. */
  readonly owner: string;
  readonly suffix: "weight" | "bias" | "kernel" | "gain" | "none";
  /** True where a numbered part is followed by a named one, as in `h.0.attn.c_proj`, and not last, as in `hidden.0`. */
  readonly numberedBlock: boolean;
}

const suffixes: readonly (readonly [pattern: RegExp, suffix: ParsedName["suffix"]])[] = [
  [/([._]weight|\.w|\.embedding)$/, "weight"],
  [/([._]bias|\.beta|\.b)$/, "bias"],
  [/\.kernel$/, "kernel"],
  [/\.(scale|gamma|gain|g)$/, "gain"],
];

/** Splits a name such as `_orig_mod.transformer.h.0.attn.c_attn.weight`. */
export function parseName(name: string): ParsedName {
  const plain = name
    .replace(/^((module|_orig_mod)\.)+/, "")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replaceAll("/", ".")
    .toLowerCase();
  const found = suffixes.find(([pattern]) => pattern.test(plain));
  const owner = found === undefined ? plain : plain.replace(found[0], "");
  return { owner, suffix: found?.[1] ?? "none", numberedBlock: /(^|[._])\d+\.[a-z]/.test(owner) && !/downsample|shortcut/.test(owner) };
}

type HintRule = readonly [pattern: RegExp, kind: NameHint["kind"], module?: string];

/** First match wins: what stands outside of blocks before what may stand in any. Patterns see the owner in lower case. */
const rules: readonly HintRule[] = [
  [/patch_?(embed|ify)\w*(\.proj(ection)?)?$|^(visual\.)?(conv_proj|conv_stem|stem)(\.conv\w*)?$/, "patch", "patchEmbedding"],
  [/(cls|class|mask|dist|register|reg)_(token|embedding)s?$/, "token", "classToken"],
  [/(^|\.)(wpe|pos(ition(al)?)?_emb\w*|embed_positions|position_table)$/, "table", "positionEmbedding"],
  [/(^|\.)(token_type_emb\w*|segment_emb\w*)$/, "table", "typeEmbedding"],
  [/(^|\.)(wte|tok(en)?_?emb\w*|embed_tokens|word_emb\w*|embed_in|embeddings?|embed|emb|shared)(_\d+)?$/, "table", "embedding"],
  [/(^|\.)(router|gating|\w*moe\.gate|gate_network)(\.\w+)?$/, "router", "feedForward.router"],
  [/(^|\.)([qk]_?norm|[qk]_layernorm|(query|key)_norm|norm_[qk])$/, "headNorm", "attention.headNorm"],
  [
    /(^|\.)(ln|norm|layer_?norm|rms_?norm)_?(f|final)$|^(\w+\.)*(final_(layer_?)?norm\w*|ln_post)$|^((model|transformer|encoder|decoder|backbone)\.)*norm$/,
    "norm",
    "finalNorm",
  ],
  [
    /(^|\.)((attn|attention)_(layer_?)?norm|input_layer_?norm|ln_?1|norm_?1|attention\.norm|self_attn_layer_norm)$/,
    "norm",
    "attention.norm",
  ],
  [/(^|\.)((ffn|mlp)_norm|post_attention_layer_?norm|ln_?2|norm_?2|feed_forward\.norm)$/, "norm", "feedForward.norm"],
  [/(^|\.)((\w+_)?(ln|bn|norm|layer_?norm|rms_?norm|batch_?norm|group_?norm)(_?\w+)?)$/, "norm"],
  [
    /(^|\.)(lm_?head|embed_out|unembed\w*|readout|logits?|classifier|score|v(alue)?_?head|heads?(\.head)?|output_projection)$/,
    "readout",
    "readout",
  ],
  [/^(model\.)?output$/, "readout", "readout"],
  [/(^|\.)(c_attn|qkv(_proj)?|query_key_value|w_?qkv|(attn|attention)\.in_proj|self_attn\.in_proj)$/, "hidden", "attention.queryKeyValue"],
  [/(^|\.)(q|q_proj|q_lin|w_?q|query|to_q)$/, "hidden", "attention.query"],
  [/(^|\.)(k|k_proj|k_lin|w_?k|key|to_k)$/, "hidden", "attention.key"],
  [/(^|\.)(v|v_proj|v_lin|w_?v|value|to_v)$/, "hidden", "attention.value"],
  [
    /(att\w*\.(c_proj|proj|dense|output(\.dense)?|out|wo)|att\w*\.out_proj|(^|\.)(o|o_proj|out_lin|to_out(\.0)?))$/,
    "hidden",
    "attention.output",
  ],
  [/(ff|mlp|ffn|dense)\w*\.wo$/, "hidden", "feedForward.down"],
  [/(^|\.)wo$/, "hidden", "attention.output"],
  [/(^|\.)(gate_proj|gate|wi_0)$/, "hidden", "feedForward.gate"],
  [
    /(^|\.)(up|up_proj|c_fc|fc_?1|fc_in|lin1|linear_?1|w1|w3|wi|wi_1|dense_h_to_4h|intermediate\.dense|mlp\.fc)$/,
    "hidden",
    "feedForward.up",
  ],
  [
    /(^|\.)(down|down_proj|fc_?2|fc_out|lin2|linear_?2|w2|dense_4h_to_h|(mlp|ffn)\.(c_)?proj|\d+\.output\.dense)$/,
    "hidden",
    "feedForward.down",
  ],
  [/(^|\.)(hidden|layers?|in_proj|out_proj|fc|linear|dense|mlp|ffn|conv\w*|downsample|shortcut|proj)(_?\d+)?(\.\d+)*$/, "hidden"],
];

/** What a name says of its tensor; kind `unknown` when it says nothing. */
export function readName({ owner }: ParsedName): NameHint {
  for (const [pattern, kind, module] of rules) {
    const word = pattern.exec(owner)?.[0].replace(/^[._]/, "");
    if (word !== undefined) return { kind, word, ...(module === undefined ? {} : { module }) };
  }
  return { kind: "unknown", word: "" };
}

/** True for a query, alone or stored with key and value: the model has heads. */
export function isQuery(name: string, module = readName(parseName(name)).module): boolean {
  return module === "attention.query" || module === "attention.queryKeyValue";
}
