import { KAFKA_RELEASES } from "@strangler/stack";
import type { Checked, Problem } from "./checked.ts";

/** The broker is the release that tests run against, keeps its data, and is found by streams under the name that is advertised. */
export function checkKafka({ services }: Checked): Problem[] {
  const broker = services.find(({ service }) => service.image?.startsWith("apache/kafka:"));
  if (!broker) return [{ file: "docker-compose.yml", reason: "there is no service with an image of Apache Kafka." }];
  const { name, service, at } = broker;
  const problems: Problem[] = [];
  const wanted = `apache/kafka:${KAFKA_RELEASES["4"]}`;
  if (service.image !== wanted) problems.push(at(["image"], `the tests run against ${wanted}.`));
  const { KAFKA_LOG_DIRS: data = "", KAFKA_ADVERTISED_LISTENERS: advertised = "" } = service.environment;
  if (!service.volumes.some((volume) => volume.endsWith(`:${data}`))) {
    problems.push(
      at(["volumes"], `${name}: what it writes to ${data || "its log directory"} is lost with the container.`),
    );
  }
  for (const stream of services) {
    const address = stream.service.environment["STRANGLER_KAFKA_MAIN_BROKERS"];
    if (address === undefined) continue;
    if (!advertised.includes(`://${address}`)) {
      problems.push(stream.at(["environment"], `${stream.name}: ${address} is no address that ${name} advertises.`));
    }
    if (!(name in stream.service.depends_on)) {
      problems.push(stream.at(["depends_on"], `${stream.name} is given a Kafka and does not wait for ${name}.`));
    }
  }
  return problems;
}
