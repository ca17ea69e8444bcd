import kafkajs from "kafkajs";

/**
 * The partition of a key among so many, as Java's producers choose it (murmur2 of the key's bytes), so that a topic may be written by
 * Connect before and by us afterwards. A record without a key goes to the first, so that a second attempt finds it where it was.
 */
export function keyPartition(key: Buffer | string | null, partitions: number): number {
  if (key === null || partitions === 1) return 0;
  return choose({ topic: "", partitionMetadata: metadataOf(partitions), message: { key, value: null } });
}

// --- internal ---

const choose = kafkajs.Partitioners.DefaultPartitioner();
const byCount = new Map<number, ReturnType<typeof makeMetadata>>();

function metadataOf(partitions: number): ReturnType<typeof makeMetadata> {
  let metadata = byCount.get(partitions);
  if (metadata === undefined) byCount.set(partitions, (metadata = makeMetadata(partitions)));
  return metadata;
}

function makeMetadata(partitions: number) {
  return Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 0,
    replicas: [],
    isr: [],
  }));
}
