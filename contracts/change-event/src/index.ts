export type {
  ChangeEvent,
  EventSource,
  MessageEvent,
  Op,
  RowPayload,
  SnapshotMark,
  TransactionBlock,
  TransactionEvent,
} from "./envelope.ts";
export {
  findCollisions,
  heartbeatTopic,
  messageTopic,
  NEW_KEY_HEADER,
  OLD_KEY_HEADER,
  outboxTopic,
  schemaName,
  tableTopic,
  transactionTopic,
} from "./names.ts";
export {
  AT_HEADER,
  END_HEADER,
  formatPosition,
  FROM_HEADER,
  LAYOUT_HEADER,
  LAYOUT_MARK,
  parsePosition,
  ROW_HEADER,
  type EventPosition,
  type RowLayout,
} from "./own-headers.ts";
export { changeEventSchema, messageEventSchema, transactionEventSchema } from "./schema.ts";
export { UNAVAILABLE, UNCHANGED, type Value } from "./value.ts";
