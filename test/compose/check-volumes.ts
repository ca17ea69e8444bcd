import type { Checked, Problem } from "./checked.ts";

/** Every folder that is mounted is there, and every named volume is declared. */
export function checkVolumes({ compose, services, exists }: Checked): Problem[] {
  return services.flatMap(({ name, service, at }) =>
    service.volumes.flatMap((volume) => {
      const source = volume.split(":")[0] ?? "";
      const found = source.startsWith(".") ? exists(source) : source in compose.volumes;
      return found ? [] : [at(["volumes"], `${name}: ${source} is neither a folder nor a declared volume.`)];
    }),
  );
}
