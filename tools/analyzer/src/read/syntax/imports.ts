import type { ImportedName, ImportForm } from "../../source-facts.ts";
import type { Step } from "./chain.ts";
import { ts } from "./compiler.ts";
import { isFunctionNode, propertyName, snippet } from "./nodes.ts";
import type { Recorder } from "./recorder.ts";

/** `import ... from`, `import x = require()`. Returns nothing; the names land in the facts. */
export function recordImportStatement(recorder: Recorder, node: ts.Statement): void {
  if (ts.isImportDeclaration(node)) {
    addImport(recorder, "import", node.moduleSpecifier, node, importedNames(node.importClause));
  } else if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
    const names = [importedName("*", node.name.text, node.isTypeOnly)];
    addImport(recorder, "require", node.moduleReference.expression, node, names);
  }
}

/** `require('x')`, `import('x')`, also with the specifier computed at run time. True where the call is one of them. */
export function recordImportCall(recorder: Recorder, call: ts.CallExpression, names: ImportedName[]): boolean {
  const specifier = call.arguments[0];
  if (!specifier || !isImportCall(call)) return false;

  const form = call.expression.kind === ts.SyntaxKind.ImportKeyword ? "dynamic" : "require";
  addImport(recorder, form, specifier, call, names);
  return true;
}

/** `require('./cache').clear()`, `import('./worker').then(({ start }) => start())`: a chain that starts with an import. */
export function recordImportAtStart(recorder: Recorder, [first, second]: readonly Step[]): void {
  if (!first || !second || !isImportCall(first.node)) return;
  const [callback] = second.args;
  const given = callback && isFunctionNode(callback) ? callback.parameters[0]?.name : undefined;
  const taken = second.name === "then" || second.name === "" ? importedName("*", null, false) : takenName(second.name);
  recordImportCall(recorder, first.node, second.name === "then" && given ? namesOfBinding(given) : [taken]);
}

/** `import('x').T` in a type. */
export function recordImportType(recorder: Recorder, node: ts.ImportTypeNode): void {
  if (!ts.isLiteralTypeNode(node.argument) || !ts.isStringLiteral(node.argument.literal)) return;
  const name = node.qualifier && ts.isIdentifier(node.qualifier) ? node.qualifier.text : "*";
  addImport(recorder, "import", node.argument.literal, node, [{ ...importedName(name, null, true), uses: 1 }]);
}

export function addImport(
  recorder: Recorder,
  form: ImportForm,
  specifier: ts.Expression,
  node: ts.Node,
  names: ImportedName[],
): number {
  return (
    recorder.facts.imports.push({
      specifier: ts.isStringLiteralLike(specifier) ? specifier.text : null,
      code: snippet(recorder.source, specifier),
      line: recorder.lineOf(node),
      form,
      names: names.length > 0 ? names : [importedName("", null, false)],
    }) - 1
  );
}

export function importedName(imported: string, local: string | null, typeOnly: boolean): ImportedName {
  return { imported, local, typeOnly, uses: 0, members: {} };
}

/** The names a `const x = require()` or `const {a, b: c} = await import()` takes. */
export function namesOfBinding(name: ts.BindingName): ImportedName[] {
  if (ts.isIdentifier(name)) return [importedName("*", name.text, false)];
  if (!ts.isObjectBindingPattern(name)) return [importedName("*", null, false)];
  return name.elements.map((element) => {
    const imported = propertyName(element.propertyName ?? element.name) ?? "*";
    const local = ts.isIdentifier(element.name) ? element.name.text : null;
    return element.dotDotDotToken ? importedName("*", local, false) : importedName(imported, local, false);
  });
}

// --- internal ---

function isImportCall({ expression }: ts.CallExpression): boolean {
  if (expression.kind === ts.SyntaxKind.ImportKeyword) return true;
  return ts.isIdentifier(expression) && expression.text === "require";
}

function takenName(name: string): ImportedName {
  return { ...importedName(name, null, false), uses: 1 };
}

function importedNames(clause: ts.ImportClause | undefined): ImportedName[] {
  if (!clause) return [];
  const typeOnly = clause.phaseModifier === ts.SyntaxKind.TypeKeyword;
  const names = clause.name ? [importedName("default", clause.name.text, typeOnly)] : [];
  const bindings = clause.namedBindings;
  if (!bindings) return names;
  if (ts.isNamespaceImport(bindings)) return [...names, importedName("*", bindings.name.text, typeOnly)];
  return [
    ...names,
    ...bindings.elements.map((element) =>
      importedName((element.propertyName ?? element.name).text, element.name.text, typeOnly || element.isTypeOnly),
    ),
  ];
}
