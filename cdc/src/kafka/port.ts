// What both halves of the way through Kafka need of a client: few calls, plain data. An adapter stands behind it
// (kafkajs.ts), so that another client can take its place.

/** Offsets are exact as numbers: 2^53 records are a million a second for 285 years. */
export type Offset = number;

export type TopicPartition = { topic: string; partition: number };
export type StartAt = TopicPartition & { offset: Offset };

export type Headers = Readonly<Record<string, Buffer>>;

export type OutgoingRecord = {
  topic: string;
  partition: number;
  key: Buffer | string | null;
  value: Buffer | string | null;
  headers: Readonly<Record<string, Buffer | string>>;
};

export type IncomingRecord = {
  offset: Offset;
  key: Buffer | null;
  value: Buffer | null;
  headers: Headers;
  timestampMs: number;
};

/** Some records of one partition, in order. */
export type RecordBatch = TopicPartition & {
  records: readonly IncomingRecord[];
  /** Where the partition ended when they were fetched: the offset of the next record to be written. */
  end: Offset;
};

/** What a partition holds: `first` is the oldest offset that is kept, `next` the one that will be written next. */
export type PartitionRange = TopicPartition & { first: Offset; next: Offset };

export type TopicFacts = { topic: string; partitions: number };

export type NewTopic = { topic: string; partitions: number; settings: Readonly<Record<string, string>> };

export type KafkaPort = {
  /** Those of the topics that exist. */
  findTopics: (topics: readonly string[]) => Promise<TopicFacts[]>;
  /** Makes those that do not exist yet. A topic that exists is left as it is. */
  createTopics: (topics: readonly NewTopic[]) => Promise<void>;
  /** What every partition of these topics holds. */
  ranges: (topics: readonly string[]) => Promise<PartitionRange[]>;
  openProducer: () => Promise<RecordProducer>;
  /** Reads partitions from the offsets given, in no group: nobody else is asked or told. */
  openReader: (reading: Reading) => Promise<RecordReader>;
  /** Joins a group, whose members share the partitions of their topics. */
  joinGroup: (membership: Membership) => Promise<RecordReader>;
  /** Ends producers and readers that are still open. */
  close: () => Promise<void>;
};

export type RecordProducer = {
  /**
   * Writes the records, those of one partition in their order, and resolves when all replicas in sync have all of them.
   * Asks again by itself while brokers are away, each record being written once. Once it has thrown, nobody knows which
   * of them were written: close it, open a new one, and look at what the partitions end with.
   */
  send: (records: readonly OutgoingRecord[]) => Promise<void>;
  close: () => Promise<void>;
};

export type Reading = {
  from: readonly StartAt[];
  /**
   * Called with the records of a partition in order; the next batch of any partition may wait until it has returned. So it is
   * not for waiting: a partition that brings too much is to be paused.
   */
  onRecords: (batch: RecordBatch) => void | Promise<void>;
};

export type Membership = Omit<Reading, "from"> & {
  group: string;
  topics: readonly string[];
  /** Who gets what, decided by one member for all of them. Evenly when absent. Pure. */
  assign?: Assign;
  /**
   * Called with all that this member now has, before anything of it is read; answers where each partition is to be begun. Whatever
   * it had before is read no further from the moment of the call.
   */
  onAssigned: (partitions: readonly TopicPartition[]) => Promise<readonly StartAt[]>;
  /** The group is about to share anew: what was assigned may be somebody else's in a moment. */
  onRevoked: () => void;
  /** How long the group waits for a member that has fallen silent before it gives its partitions to others. */
  sessionTimeoutMs?: number;
};

/** Of every member, by its id, the partitions that it gets. */
export type Assign = (
  members: readonly { id: string }[],
  partitions: readonly TopicPartition[],
) => ReadonlyMap<string, readonly TopicPartition[]>;

export type RecordReader = {
  pause: (partitions: readonly TopicPartition[]) => void;
  resume: (partitions: readonly TopicPartition[]) => void;
  /** Rejects when it can read no further; resolves after `close`. */
  ended: Promise<void>;
  close: () => Promise<void>;
};
