export { legacyTables, type LegacyTable } from "./from-legacy/tables.ts";
export { startCatalog, type CatalogOptions } from "./start-catalog.ts";
