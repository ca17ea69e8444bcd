import { waitFor } from "@strangler/platform";
import type { Control } from "../control.ts";
import { createDashboard, type Dashboard } from "./dashboard.ts";
import type { Access } from "./ports.ts";
import { createViewReader, type ViewSources } from "./read-view.ts";

/** The dashboard of one replica, on what its control plane knows and can do. */
export function openDashboard(sources: ViewSources, access: Access): Dashboard {
  const { control, source } = sources;
  const reader = createViewReader(sources);

  const change: Control["change"] = async (wish, actor, reason, options) => {
    const result = await control.change(wish, actor, reason, options);
    // Whoever has changed something looks at the next page for it, so that page waits for it.
    if (result.entry !== undefined) await isInForce(result.after);
    reader.forget();
    return result;
  };

  async function isInForce(version: string): Promise<void> {
    const condition = () => source.current().version === version;
    await waitFor("the new routes", condition, { limitMs: IN_FORCE_WITHIN_MS }).catch(() => undefined);
  }

  return createDashboard({
    view: reader.read,
    change,
    audit: async ({ before, verify }) => {
      const { entries, more } = await control.audit({ before, limit: ENTRIES_A_PAGE });
      const verdict = verify ? await control.verifyAudit(true) : undefined;
      const faults = verdict?.faults.map(({ line, reason }) => `Line ${line} ${reason}.`) ?? [];
      return { entries, more, verdict: verdict && { entries: verdict.entries, faults } };
    },
    explain: control.explain,
    access,
  });
}

// --- internal ---

const IN_FORCE_WITHIN_MS = 2_000;
const ENTRIES_A_PAGE = 100;
