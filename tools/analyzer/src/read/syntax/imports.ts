import type { ImportedName, ImportForm } from "../../source-facts.ts";
import { ts } from "./compiler.ts";
import { propertyName, snippet } from "./nodes.ts";
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
  const callee = call.expression;
  const isRequire = ts.isIdentifier(callee) && callee.text === "require";
  const isDynamic = callee.kind === ts.SyntaxKind.ImportKeyword;
  const specifier = call.arguments[0];
  if ((!isRequire && !isDynamic) || !specifier) return false;

  addImport(recorder, isRequire ? "require" : "dynamic", specifier, call, names);
  return true;
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
