import { Router, type Request } from "express";
import { EXACT_PATHS } from "../lib/exact-paths.ts";
import { Input } from "../lib/input.ts";
import { Problem } from "../lib/problem.ts";
import { endSession, findAccount, getAccount, type Account } from "../lib/shop.ts";
import { listDepartments } from "../models/category.ts";
import {
  getAccountFor,
  logIn,
  readAccount,
  registerAccount,
  requestPasswordReset,
  resetPassword,
} from "../services/account-service.ts";
import { listOrders } from "../services/order-service.ts";

export const accounts: Router = Router(EXACT_PATHS);

const MIN_PASSWORD = 8;

// --- JSON ---

accounts.post("/api/accounts", async (request, response) => {
  const account = await registerAccount(readRegistration(request.body));
  await logIn(request, response, account);
  response.status(201).json(account);
});

accounts.post("/api/sessions", async (request, response) => {
  const account = await getAccountFor(readCredentials(request.body));
  await logIn(request, response, account);
  response.status(201).json(account);
});

accounts.delete("/api/sessions", async (request, response) => {
  await endSession(request, response);
  response.status(204).end();
});

accounts.get("/api/account", async (request, response) => {
  const { createdAt, ...account } = await readAccount(await getAccount(request));
  response.json({ ...account, createdAt: createdAt.toISOString() });
});

accounts.post("/api/password-resets", async (request, response) => {
  const input = new Input(request.body);
  const email = input.email("email");
  input.assertGood();
  await requestPasswordReset(email);
  response.status(202).json({ message: "If there is such an account, an e-mail is on its way." });
});

accounts.put("/api/password-resets", async (request, response) => {
  const input = new Input(request.body);
  const token = input.text("token");
  const password = input.secret("password", { min: MIN_PASSWORD });
  input.assertGood();
  await resetPassword(token, password);
  response.status(204).end();
});

// --- pages ---

accounts.get("/login", async (request, response) => {
  const form = { email: "", next: nextPath(request.query["next"]) };
  response.render("account/login", { departments: await listDepartments(), form, problem: undefined });
});

accounts.post("/login", async (request, response) => {
  const next = nextPath(fieldOf(request, "next"));
  try {
    await logIn(request, response, await getAccountFor(readCredentials(request.body)));
    response.redirect(303, next);
  } catch (problem) {
    if (!isAboutInput(problem)) throw problem;
    const form = { email: textOf(fieldOf(request, "email")), next };
    response.status(problem.status);
    response.render("account/login", { departments: await listDepartments(), form, problem });
  }
});

accounts.get("/register", async (request, response) => {
  const form = { email: "", name: "", next: nextPath(request.query["next"]) };
  response.render("account/register", { departments: await listDepartments(), form, problem: undefined });
});

accounts.post("/register", async (request, response) => {
  const next = nextPath(fieldOf(request, "next"));
  try {
    await logIn(request, response, await registerAccount(readRegistration(request.body)));
    response.redirect(303, next);
  } catch (problem) {
    if (!isAboutInput(problem)) throw problem;
    const form = { email: textOf(fieldOf(request, "email")), name: textOf(fieldOf(request, "name")), next };
    response.status(problem.status);
    response.render("account/register", { departments: await listDepartments(), form, problem });
  }
});

accounts.post("/logout", async (request, response) => {
  await endSession(request, response);
  response.redirect(303, "/");
});

accounts.get("/account", async (request, response) => {
  const visitor: Account | undefined = await findAccount(request);
  if (!visitor) {
    response.redirect(303, "/login?next=/account");
    return;
  }
  const account = await readAccount(visitor);
  const orders = await listOrders(visitor, { page: 1, pageSize: 20 });
  response.render("account/show", { departments: await listDepartments(), account, orders });
});

// --- internal ---

function readCredentials(body: unknown) {
  const input = new Input(body);
  const credentials = { email: input.email("email"), password: input.secret("password", { min: 1 }) };
  input.assertGood();
  return credentials;
}

function readRegistration(body: unknown) {
  const input = new Input(body);
  const registration = {
    email: input.email("email"),
    password: input.secret("password", { min: MIN_PASSWORD }),
    name: input.text("name", { max: 100 }),
  };
  input.assertGood();
  return registration;
}

function fieldOf(request: Request, name: string): unknown {
  return (request.body as Record<string, unknown> | undefined)?.[name];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

// Only to a page of ours: "//elsewhere" and "/\elsewhere" are addresses of other sites.
function nextPath(value: unknown): string {
  return typeof value === "string" && /^\/(?![/\\])[\w/-]*$/.test(value) ? value : "/account";
}

function isAboutInput(error: unknown): error is Problem {
  return error instanceof Problem && [400, 401, 409].includes(error.status);
}
