/** The part of an answer that tests look at; `body` is parsed JSON where the answer is JSON. */
export type Answer = { status: number; headers: Headers; text: string; body: unknown };

export type Browser = {
  get: (path: string) => Promise<Answer>;
  /** Sends JSON. */
  send: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  /** Sends a form as a page would, and does not follow where it leads. */
  submit: (path: string, fields: Record<string, string>, headers?: Record<string, string>) => Promise<Answer>;
  /** The session cookie, undefined before there is one. */
  sid: () => string | undefined;
};

export function createBrowser(origin: string): Browser {
  let sid: string | undefined;

  const ask = async (path: string, init: RequestInit): Promise<Answer> => {
    const headers = new Headers(init.headers);
    if (sid !== undefined) headers.set("cookie", `sid=${sid}`);
    const response = await fetch(`${origin}${path}`, { ...init, headers, redirect: "manual" });
    for (const cookie of response.headers.getSetCookie()) {
      const value = /^sid=([^;]*)/.exec(cookie)?.[1];
      if (value !== undefined) sid = value === "" ? undefined : value;
    }
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    const body: unknown = isJson && text !== "" ? JSON.parse(text) : undefined;
    return { status: response.status, headers: response.headers, text, body };
  };

  return {
    get: (path) => ask(path, {}),
    send: (method, path, body, headers = {}) =>
      ask(path, {
        method,
        headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    submit: (path, fields, headers = {}) => ask(path, { method: "POST", body: new URLSearchParams(fields), headers }),
    sid: () => sid,
  };
}
