import { books } from "./books.ts";
import type { Department } from "./department.ts";
import { electronics } from "./electronics.ts";
import { garden } from "./garden.ts";
import { home } from "./home.ts";
import { kitchen } from "./kitchen.ts";
import { outdoor } from "./outdoor.ts";
import { sports } from "./sports.ts";
import { toys } from "./toys.ts";

/** In the order of the shop's navigation. */
export const departments: readonly Department[] = [kitchen, home, outdoor, sports, electronics, garden, toys, books];
