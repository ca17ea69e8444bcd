import type { RequestHandler } from "express";

/**
 * The monolith's rules for browsers in place of the platform's. They are part of what its pages do: with the platform's
 * "no-referrer" a browser sends its forms with "Origin: null", and the monolith takes a review or a filled cart for a
 * foreign site's and refuses it.
 */
export const setSecurityHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    "content-security-policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; form-action 'self'",
    "referrer-policy": "same-origin",
  });
  next();
};
