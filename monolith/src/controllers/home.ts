import { Router } from "express";
import { EXACT_PATHS } from "../lib/exact-paths.ts";
import { formatPrice } from "../lib/format.ts";
import { getSettings } from "../lib/shop.ts";
import { listCategories, listDepartments } from "../models/category.ts";
import { listBestsellers } from "../models/home.ts";
import { listProducts } from "../models/product.ts";

export const home: Router = Router(EXACT_PATHS);

home.get("/", async (_request, response) => {
  const [departments, categories, bestsellers, newest, settings] = await Promise.all([
    listDepartments(),
    listCategories(),
    listBestsellers(8),
    listProducts({ page: 1, pageSize: 8 }, { sort: "newest" }),
    getSettings(),
  ]);
  response.render("home", {
    departments,
    tops: categories.filter(({ parentId }) => parentId === null),
    bestsellers,
    newest: newest.items,
    freeShippingFrom: formatPrice(settings.freeShippingFromCents),
  });
});
