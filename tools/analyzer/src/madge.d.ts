/** The part of madge that is used: questions to a tree that it is handed. The package ships no types. */
declare module "madge" {
  type Graph = { circular(): string[][]; orphans(): string[] };
  export default function madge(tree: Record<string, string[]>): Promise<Graph>;
}
