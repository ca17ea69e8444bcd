import express, { Router } from "express";
import { EXACT_PATHS } from "../lib/exact-paths.ts";
import { drawPicture } from "../lib/pictures.ts";
import { notFound } from "../lib/problem.ts";

const HOUR_MS = 3_600_000;

/** Everything below /assets/: the style sheet, the script, and the pictures of products in all their colours. */
export function createAssetsRouter(publicDirectory: string, pictureDirectory: string): Router {
  const router = Router(EXACT_PATHS);
  router.get("/assets/pictures/:shape/:colours.svg", async (request, response) => {
    const { shape, colours } = request.params;
    const picture = await drawPicture(pictureDirectory, shape, colours);
    if (picture === undefined) throw notFound(`There is no picture "${shape}/${colours}".`);
    response.set("cache-control", "public, max-age=86400").type("image/svg+xml").send(picture);
  });
  router.use("/assets", express.static(publicDirectory, { maxAge: HOUR_MS, index: false, redirect: false }));
  return router;
}
