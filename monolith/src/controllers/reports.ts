import { Router, type Request } from "express";
import { EXACT_PATHS } from "../lib/exact-paths.ts";
import { Input } from "../lib/input.ts";
import { badRequest } from "../lib/problem.ts";
import { findAccount, getStaff } from "../lib/shop.ts";
import { listDepartments } from "../models/category.ts";
import { findLastReportedDay, readSalesReport } from "../services/report-service.ts";

export const reports: Router = Router(EXACT_PATHS);

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const MAX_DAYS = 366;

reports.get("/api/reports/sales", async (request, response) => {
  await getStaff(request);
  const { from, to } = await readPeriod(request);
  response.json(await readSalesReport(from, to));
});

reports.get("/admin/reports", async (request, response) => {
  if (!(await findAccount(request))) {
    response.redirect(303, "/login?next=/admin/reports");
    return;
  }
  const staff = await getStaff(request);
  const { from, to } = await readPeriod(request);
  const report = await readSalesReport(from, to);
  response.render("admin/reports", { departments: await listDepartments(), report, staff });
});

// --- internal ---

/** Without dates: the last thirty days that have figures. */
async function readPeriod(request: Request): Promise<{ from: string; to: string }> {
  const query = new Input(request.query);
  const given = { from: readDay(query, "from"), to: readDay(query, "to") };
  query.assertGood();
  const to = given.to ?? (await findLastReportedDay()) ?? dayOf(Date.now());
  const from = given.from ?? dayOf(Date.parse(to) - (DEFAULT_DAYS - 1) * DAY_MS);
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  if (days < 1 || days > MAX_DAYS) throw badRequest(`A report covers 1 to ${MAX_DAYS} days, not ${days}.`);
  return { from, to };
}

function readDay(query: Input, name: string): string | undefined {
  const text = query.optional(name)?.matching(name, /^(19|20)\d\d-\d\d-\d\d$/, "must be a day like 2026-06-30", 10);
  if (text) query.check(name, isDay(text), "is no day of the calendar");
  return text;
}

function isDay(text: string): boolean {
  return !Number.isNaN(Date.parse(text)) && dayOf(Date.parse(text)) === text;
}

function dayOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}
