import type { Mapper, ModelFact } from "../../../source-facts.ts";
import { ts } from "../compiler.ts";
import { dottedName, lastSegment, propertyName } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { readMikroOrmEntity } from "./mikroorm.ts";
import { readNestSchema } from "./mongoose.ts";
import { readSequelizeTable } from "./sequelize.ts";
import { readTypeOrmEntity } from "./typeorm.ts";

export type Decorator = { name: string; args: readonly ts.Expression[]; node: ts.Node };
/** A field of a class with its decorators. */
export type DecoratedField = { field: string; decorators: Decorator[]; node: ts.PropertyDeclaration };
export type DecoratedClass = { name: string; line: number; decorators: Decorator[]; fields: DecoratedField[] };

/** Classes whose decorators make them a model of TypeORM, MikroORM, sequelize-typescript or NestJS with Mongoose. */
export function recordDecoratedModel(
  recorder: Recorder,
  node: ts.ClassLikeDeclaration,
  name: string,
  scope: Scope,
): void {
  const fields = node.members.flatMap((member) => decoratedField(member) ?? []);
  const decorators = decoratorsOf(node);
  if (decorators.length === 0 && fields.length === 0) return;
  const mapper = mapperOf(recorder);
  const read = mapper && READERS[mapper];
  const line = recorder.lineOf(node.name ?? node);
  const model = read?.(recorder, { name, line, decorators, fields }, scope);
  if (model) recorder.facts.models.push(model);
}

// --- internal ---

type Reader = (recorder: Recorder, node: DecoratedClass, scope: Scope) => ModelFact | null;

const READERS: Partial<Record<Mapper, Reader>> = {
  typeorm: readTypeOrmEntity,
  mikroorm: readMikroOrmEntity,
  sequelize: readSequelizeTable,
  mongoose: readNestSchema,
};

const LIBRARIES: readonly (readonly [RegExp, Mapper])[] = [
  [/^@mikro-orm\//, "mikroorm"],
  [/^sequelize-typescript$/, "sequelize"],
  [/^@nestjs\/mongoose$/, "mongoose"],
  [/^typeorm(?:\/|$)/, "typeorm"],
];

// A file that takes its decorators from a library tells which; a hand-made decorator is most likely TypeORM's.
function mapperOf({ facts }: Recorder): Mapper | null {
  for (const { specifier } of facts.imports) {
    const library = LIBRARIES.find(([pattern]) => pattern.test(specifier ?? ""));
    if (library) return library[1];
  }
  return null;
}

function decoratedField(member: ts.ClassElement): DecoratedField | null {
  if (!ts.isPropertyDeclaration(member)) return null;
  const decorators = decoratorsOf(member);
  const field = propertyName(member.name);
  return decorators.length > 0 && field !== null ? { field, decorators, node: member } : null;
}

function decoratorsOf(node: ts.Node): Decorator[] {
  if (!ts.canHaveDecorators(node)) return [];
  return (ts.getDecorators(node) ?? []).flatMap((decorator) => {
    const { expression } = decorator;
    const called = ts.isCallExpression(expression) ? expression : null;
    const name = dottedName(called ? called.expression : expression);
    return name === null ? [] : [{ name: lastSegment(name), args: called?.arguments ?? [], node: decorator }];
  });
}
