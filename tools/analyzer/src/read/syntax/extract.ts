import type { SourceFacts, StatementFact } from "../../source-facts.ts";
import { readChain } from "./chain.ts";
import { parseSource, syntaxProblems, ts } from "./compiler.ts";
import { declareParameters, declareStatements } from "./declarations.ts";
import { recordMessage, recordSubscription } from "./events/listings.ts";
import { recordQueueAssignment, recordQueueHolder } from "./events/queues.ts";
import { isAssignment, linkPassedOnNames, recordExportStatement } from "./exports.ts";
import { nameField, nameOf, nameStatement, nameVariable, type FunctionNames } from "./function-names.ts";
import {
  importedName,
  namesOfBinding,
  recordImportAtStart,
  recordImportCall,
  recordImportStatement,
  recordImportType,
} from "./imports.ts";
import { rememberDefault, rememberMembers } from "./held-values.ts";
import { count, countImportUses, countMember, countWords, createMentions, type Mentions } from "./mentions.ts";
import { recordDrizzleTable } from "./models/drizzle-tables.ts";
import {
  rememberLoop,
  rememberParameters,
  rememberResultValue,
  rememberSchemaMethod,
  rememberType,
  rememberVariable,
} from "./models/declared-values.ts";
import { nameExportedResult, nameResult } from "./models/model-definitions.ts";
import { nameExports, nameMixedFunction, recordMixin } from "./mixins.ts";
import { unwrap } from "./nodes.ts";
import { createRecorder, type Recorder } from "./recorder.ts";
import { readRoutingCode } from "./routes/read-code.ts";
import { createModuleScope, nest, type Scope } from "./scope.ts";
import { spellType } from "./spelled-types.ts";
import { isCradleMember, spellValue } from "./spelled-values.ts";
import { recordLooseSql, recordTaggedTemplate } from "./sql-text.ts";
import { rememberQueries } from "./transactions.ts";
import { CALL_VISITORS, CLASS_VISITORS, NEW_VISITORS } from "./visitors.ts";
import { recordCradle, recordProvider, recordTakenNames } from "./wiring.ts";

/**
 * Reads one file in one walk and drops its tree. Pure: the same path and text give the same facts.
 * A file with syntax errors gives what can be read of it, and the errors under `problems`.
 */
export function extract(path: string, text: string): SourceFacts {
  const source = parseSource(path, text);
  const walker: Walker = { recorder: createRecorder(source, path), names: new Map(), mentions: createMentions() };
  const { facts } = walker.recorder;
  const scope = createModuleScope();
  facts.problems.push(...syntaxProblems(source));

  nameExports(walker.recorder, source.statements);
  declareStatements(walker.recorder, source.statements, scope);
  rememberConstants(walker.recorder, scope);
  for (const statement of source.statements) readModuleStatement(walker, statement, scope);
  linkPassedOnNames(walker.recorder);
  facts.statements = withoutRepeatedSql(facts.statements);
  countImportUses(facts.imports, walker.mentions);
  facts.routing = readRoutingCode(source, walker.recorder.lineOf);
  facts.words = countWords(walker.mentions);
  return facts;
}

// --- internal ---

// `const query = "select ..."` and then `pool.query(query)`: the call is the place that counts.
function withoutRepeatedSql(statements: StatementFact[]): StatementFact[] {
  const textOf = (statement: StatementFact): string => JSON.stringify(statement.sql.map((piece) => piece.text));
  const queried = new Set(statements.filter((statement) => statement.certain).map(textOf));
  return statements.filter(
    (statement) => statement.certain || statement.source !== "sql" || !queried.has(textOf(statement)),
  );
}

type Walker = { recorder: Recorder; names: FunctionNames; mentions: Mentions };

function rememberConstants(recorder: Recorder, scope: Scope): void {
  const { facts } = recorder;
  for (const [name, binding] of scope.bindings) {
    if (binding.kind === "text") facts.constants[name] = binding.text;
    if (binding.kind === "instance") facts.instances[name] = binding.type;
    if (binding.kind !== "texts" && binding.kind !== "statics") continue;
    if (binding.kind === "texts") rememberMembers(recorder, name, binding.node, scope);
    for (const [member, text] of Object.entries(binding.members)) facts.constants[`${name}.${member}`] = text;
  }
}

function readModuleStatement(walker: Walker, node: ts.Statement, scope: Scope): void {
  nameStatement(walker.names, node);
  recordExportStatement(walker.recorder, node);
  recordMixin(walker.recorder, node);
  rememberDefault(walker.recorder, node, scope);
  rememberType(walker.recorder, node);
  nameExportedResult(walker.recorder, node, scope);
  if (ts.isImportDeclaration(node) || ts.isImportEqualsDeclaration(node)) recordImportStatement(walker.recorder, node);
  else if (!ts.isExportDeclaration(node)) walk(walker, node, scope);
}

function walk(walker: Walker, node: ts.Node, outer: Scope): void {
  // Most nodes are names and punctuation, which no visitor below looks at.
  if (ts.isIdentifier(node)) return mention(walker, node.text, walker.mentions.values);
  if (ts.isToken(node) && !ts.isStringLiteralLike(node)) return;
  const { scopes } = walker.recorder;
  const scope = scopes.size === 0 ? outer : (scopes.get(node) ?? outer);
  if (ts.isCallExpression(node)) return walkCall(walker, node, scope);
  if (ts.isPropertyAccessExpression(node)) return walkMember(walker, node, scope);
  if (ts.isFunctionLike(node)) return walkFunction(walker, node, scope);
  if (ts.isClassLike(node)) return walkClass(walker, node, scope);
  if (ts.isTypeNode(node)) return walkType(walker, node);
  if (ts.isVariableDeclaration(node)) return walkVariable(walker, node, scope);
  if (ts.isObjectLiteralExpression(node)) {
    recordProvider(walker.recorder, node, scope);
    recordMessage(walker.recorder, node, scope);
  }
  if (ts.isNewExpression(node)) for (const visit of NEW_VISITORS) visit(walker.recorder, node, scope);
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) recordLooseSql(walker.recorder, node, scope);
  if (ts.isTaggedTemplateExpression(node)) recordTaggedTemplate(walker.recorder, node, scope);
  if (ts.isBinaryExpression(node)) {
    recordLooseSum(walker, node, scope);
    if (isAssignment(node)) rememberSchemaMethod(walker.recorder, node, scope);
    recordQueueAssignment(walker.recorder, node, scope);
    nameMixedFunction(walker.recorder, node, scope);
  }
  if (ts.isReturnStatement(node) && node.expression) {
    rememberResult(walker.recorder, node.expression, scope);
    rememberResultValue(walker.recorder, node.expression, scope);
  }
  if (ts.isForOfStatement(node)) rememberLoop(node, scope);
  if (ts.isPropertyAssignment(node)) return walkChildren(walker, node, scope, node.name);
  const inner = ts.isBlock(node) || ts.isCaseOrDefaultClause(node) ? blockScope(walker, node, scope) : scope;
  walkChildren(walker, node, inner);
}

function walkChildren(walker: Walker, node: ts.Node, scope: Scope, except?: ts.Node): void {
  ts.forEachChild(node, (child) => {
    if (child !== except) walk(walker, child, scope);
    else if (ts.isIdentifier(child)) count(walker.mentions.identifiers, child.text);
  });
}

function blockScope(walker: Walker, node: ts.Block | ts.CaseOrDefaultClause, scope: Scope): Scope {
  const inner = nest(scope);
  declareStatements(walker.recorder, node.statements, inner);
  return inner;
}

function walkCall(walker: Walker, node: ts.CallExpression, scope: Scope): void {
  const { recorder } = walker;
  if (!recorder.done.has(node)) {
    const chain = readChain(node);
    for (const step of chain.steps) recorder.done.add(step.node);
    if (!recordImportCall(recorder, node, [importedName("*", null, false)])) {
      recordImportAtStart(recorder, chain.steps);
      for (const visit of CALL_VISITORS) visit(recorder, chain, scope);
    }
  }
  const before = recorder.facts.accesses.length;
  walkChildren(walker, node, scope);
  const list = before < recorder.facts.accesses.length ? listGrowing(node) : null;
  if (list !== null) rememberQueries(recorder, list, before, scope);
}

// `queries.push(prisma.note.create(...))`
function listGrowing({ expression }: ts.CallExpression): string | null {
  const isPush = ts.isPropertyAccessExpression(expression) && expression.name.text === "push";
  return isPush && ts.isIdentifier(expression.expression) ? expression.expression.text : null;
}

function walkMember(walker: Walker, node: ts.PropertyAccessExpression, scope: Scope): void {
  const left = unwrap(node.expression);
  count(walker.mentions.identifiers, node.name.text);
  if (isCradleMember(node)) recordCradle(walker.recorder, node, scope);
  if (ts.isIdentifier(left)) countMember(walker.mentions, left.text, node.name.text);
  walk(walker, node.expression, scope);
}

function walkFunction(walker: Walker, node: ts.SignatureDeclaration, scope: Scope): void {
  const mixed = walker.recorder.mixed.get(node);
  const name = mixed ?? scope.functionName ?? nameOf(walker.names, node, scope.className);
  if (name !== null && (scope.functionName === null || mixed !== undefined)) {
    walker.recorder.facts.functions.push({ name, line: walker.recorder.lineOf(node), returns: spellType(node.type) });
    const [only, ...others] = node.parameters;
    if (only && others.length === 0 && scope.className === null) recordTakenNames(walker.recorder, only, name);
  }
  const inner = nest(scope, { functionName: name, depth: mixed === undefined ? scope.depth + 1 : 1 });
  declareParameters(node, inner);
  for (const parameter of node.parameters) {
    // A constructor's parameter types are what a container injects: they live on when the program runs.
    if (ts.isConstructorDeclaration(node) && parameter.type) mentionTypeAsValue(walker, parameter.type);
  }
  const body = "body" in node ? node.body : undefined;
  rememberParameters(walker.recorder, node, inner);
  rememberResultValue(walker.recorder, node.type, inner);
  if (body && !ts.isBlock(body)) {
    rememberResult(walker.recorder, body, inner);
    rememberResultValue(walker.recorder, body, inner);
  }
  walkChildren(walker, node, inner);
}

function walkClass(walker: Walker, node: ts.ClassLikeDeclaration, scope: Scope): void {
  const name = node.name?.text ?? "default";
  const inner = nest(scope, { className: name });
  for (const visit of CLASS_VISITORS) visit(walker.recorder, node, name, inner);
  for (const member of node.members) if (ts.isPropertyDeclaration(member)) nameField(walker.names, member, name);
  for (const clause of node.heritageClauses ?? []) {
    const values = clause.token === ts.SyntaxKind.ExtendsKeyword;
    for (const type of clause.types) if (values) walk(walker, type.expression, scope);
  }
  walkChildren(walker, node, inner);
}

function walkVariable(walker: Walker, node: ts.VariableDeclaration, scope: Scope): void {
  nameVariable(walker.names, node);
  const { recorder } = walker;
  const value = node.initializer && unwrap(node.initializer);
  if (value) recordRequire(recorder, node.name, value);
  if (value && ts.isCallExpression(value) && ts.isIdentifier(node.name)) {
    recordDrizzleTable(recorder, node.name.text, value, scope);
  }
  rememberVariable(recorder, node, scope);
  if (value && ts.isIdentifier(node.name)) nameResult(recorder, node.name.text, value, scope);
  if (value) recordQueueHolder(recorder, node.name, value, scope);
  recordSubscription(recorder, node, scope);
  const before = recorder.facts.accesses.length;
  walkChildren(walker, node, scope);
  if (ts.isIdentifier(node.name)) rememberQueries(recorder, node.name.text, before, scope);
  const statement = value && recorder.queries.get(value);
  if (statement !== undefined && ts.isIdentifier(node.name)) {
    scope.bindings.set(node.name.text, { kind: "query", statement });
  }
}

// `const note = require('./note')`, `const { add } = await import('./note')`, `const add = require('./note').add`
function recordRequire(recorder: Recorder, name: ts.BindingName, value: ts.Expression): void {
  if (ts.isCallExpression(value) && recordImportCall(recorder, value, namesOfBinding(name))) {
    recorder.done.add(value);
  } else if (ts.isPropertyAccessExpression(value)) {
    const call = unwrap(value.expression);
    const local = ts.isIdentifier(name) ? name.text : null;
    if (ts.isCallExpression(call) && recordImportCall(recorder, call, [importedName(value.name.text, local, false)])) {
      recorder.done.add(call);
    }
  }
}

function walkType(walker: Walker, node: ts.Node): void {
  if (ts.isImportTypeNode(node)) recordImportType(walker.recorder, node);
  if (ts.isIdentifier(node)) mention(walker, node.text, walker.mentions.types);
  ts.forEachChild(node, (child) => walkType(walker, child));
}

function mentionTypeAsValue(walker: Walker, type: ts.TypeNode): void {
  if (ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName)) {
    count(walker.mentions.values, type.typeName.text);
  }
}

function mention(walker: Walker, name: string, counts: Map<string, number>): void {
  count(counts, name);
  count(walker.mentions.identifiers, name);
}

function recordLooseSum(walker: Walker, node: ts.BinaryExpression, scope: Scope): void {
  if (node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return;
  recordLooseSql(walker.recorder, node, scope);
  walker.recorder.done.add(node.left).add(node.right);
}

// What a function without a declared type gives back: `new Note()`, `this`, an object full of functions.
function rememberResult(recorder: Recorder, node: ts.Expression, scope: Scope): void {
  const fact = scope.depth === 1 ? recorder.facts.functions.at(-1) : undefined;
  if (!fact || fact.returns !== null || fact.name !== scope.functionName) return;
  const value = unwrap(node);
  if (value.kind === ts.SyntaxKind.ThisKeyword) fact.returns = "this";
  else fact.returns = ts.isObjectLiteralExpression(value) ? "{}" : spellValue(value, scope);
}
