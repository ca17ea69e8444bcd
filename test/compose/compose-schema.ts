import { z } from "zod";

// The part of the compose specification (compose-spec.io) that docker-compose.yml uses, and nothing else: a key that is
// mistyped, or that nobody has checked here yet, is refused.

const duration = z.string().regex(/^(\d+(us|ms|s|m|h))+$/, "is not a duration such as 3s");
const command = z.union([z.string(), z.array(z.string())]);
const environment = z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.string("must be text: put numbers in quotes"));

const healthcheck = z.strictObject({
  test: z.union([z.tuple([z.enum(["CMD", "CMD-SHELL"])], z.string()), z.string()]),
  interval: duration.optional(),
  timeout: duration.optional(),
  start_period: duration.optional(),
  retries: z.int().min(1).optional(),
});

const dependency = z.strictObject({
  condition: z.enum(["service_started", "service_healthy", "service_completed_successfully"]),
  required: z.boolean().optional(),
  restart: z.boolean().optional(),
});

const service = z
  .strictObject({
    image: z.string().optional(),
    build: z.strictObject({ context: z.string(), dockerfile: z.string(), target: z.string().optional() }).optional(),
    command: command.optional(),
    environment: environment.default({}),
    ports: z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/, "must be 127.0.0.1:HOST:CONTAINER")).default([]),
    expose: z.array(z.string().regex(/^\d+$/)).default([]),
    volumes: z.array(z.string().regex(/^[^:]+:\/[^:]+(:ro|:rw)?$/, "must be SOURCE:/TARGET[:ro]")).default([]),
    depends_on: z.record(z.string(), dependency).default({}),
    healthcheck: healthcheck.optional(),
    profiles: z.array(z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/)).default([]),
    init: z.boolean().optional(),
    restart: z.enum(["no", "always", "on-failure", "unless-stopped"]).default("no"),
  })
  .refine(({ image, build }) => (image === undefined) !== (build === undefined), "needs an image or a build, not both");

export const composeSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/),
  services: z.record(z.string().regex(/^[a-z0-9][a-z0-9_.-]*$/), service),
  volumes: z.record(z.string(), z.null()).default({}),
});

export type Compose = z.output<typeof composeSchema>;
export type Service = Compose["services"][string];
