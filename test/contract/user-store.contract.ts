import { describe, it } from 'vitest';

import type { UserStore } from '../../durable-objects/user/user.ts';
import { newFamilyId, newSessionId } from '../../shared/ids.ts';
import { aFamily, aSession, hashOf } from '../support/user-fixtures.ts';

type WithStore = (test: (store: UserStore) => void) => Promise<void>;

const bySessionId = (a: ReturnType<typeof aSession>, b: ReturnType<typeof aSession>) =>
  a.grant.sessionId.localeCompare(b.grant.sessionId);

/** What every {@link UserStore} does. Registered once per implementation. */
export function userStoreContract(name: string, withStore: WithStore): void {
  describe(`UserStore contract: ${name}`, () => {
    it('is empty at first', ({ expect }) =>
      withStore((store) => {
        expect(store.session(newSessionId())).toBeUndefined();
        expect(store.family(newFamilyId())).toBeUndefined();
        expect([store.sessions(), store.unendedSessions(), store.notices()]).toEqual([[], [], []]);
        expect(store.hasSessions()).toBe(false);
      }));

    it('returns a session as it was saved, and as it was saved again', ({ expect }) =>
      withStore((store) => {
        const familyIds = [newFamilyId(), newFamilyId()];
        const session = aSession({ familyIds });
        store.saveSession(session);
        store.saveSession(aSession());
        expect(store.session(session.grant.sessionId)).toEqual(session);

        const ended = {
          ...session,
          touchedAt: 4_000,
          ended: { at: 5_000, reason: 'admin' },
        } as const;
        store.saveSession(ended);
        expect(store.session(session.grant.sessionId)).toEqual(ended);
        expect(store.sessions()).toHaveLength(2);
        expect(store.hasSessions()).toBe(true);
      }));

    it('returns a session of which little is known', ({ expect }) =>
      withStore((store) => {
        const origin = { ipAddress: '', country: null, userAgent: '' };
        const session = aSession({ origin, device: {} });
        store.saveSession(session);
        expect(store.session(session.grant.sessionId)).toEqual(session);
      }));

    it('returns a family as it was saved, and as it was saved again', ({ expect }) =>
      withStore((store) => {
        const family = aFamily();
        const fresh = aFamily({
          generation: 0,
          previousHash: null,
          rotatedBy: { installationId: null, fallback: 'x' },
        });
        store.saveFamily(family);
        store.saveFamily(fresh);
        expect(store.family(family.familyId)).toEqual(family);
        expect(store.family(fresh.familyId)).toEqual(fresh);

        const later = { ...family, generation: 4_294_967_295, secretHash: hashOf(9), revokedAt: 1 };
        store.saveFamily(later);
        expect(store.family(family.familyId)).toEqual(later);
        expect(store.family(fresh.familyId)).toEqual(fresh);
      }));

    it('tells the sessions that were not ended from the others', ({ expect }) =>
      withStore((store) => {
        const open = [aSession(), aSession()];
        const ended = aSession({ ended: { at: 1, reason: 'logout' } });
        for (const session of [...open, ended]) store.saveSession(session);
        expect(store.unendedSessions().toSorted(bySessionId)).toEqual(open.toSorted(bySessionId));
        expect(store.sessions().toSorted(bySessionId)).toEqual(
          [...open, ended].toSorted(bySessionId),
        );
      }));

    it('forgets a session with all its families, and nothing else', ({ expect }) =>
      withStore((store) => {
        const families = [aFamily(), aFamily()];
        const session = aSession({ familyIds: families.map((family) => family.familyId) });
        const other = aFamily();
        const neighbour = aSession({ familyIds: [other.familyId] });
        for (const each of [session, neighbour]) store.saveSession(each);
        for (const each of [...families, other]) store.saveFamily(each);

        store.forget(session);
        expect(store.sessions()).toEqual([neighbour]);
        expect(families.map((family) => store.family(family.familyId))).toEqual([
          undefined,
          undefined,
        ]);
        expect(store.family(other.familyId)).toEqual(other);
      }));

    it('keeps notices in order and counts their attempts', ({ expect }) =>
      withStore((store) => {
        const [a, b] = [newSessionId(), newSessionId()];
        store.addNotice({ destination: 'connect', sessionId: a, reason: 'theft', expiresAt: 9 });
        store.addNotice({
          destination: 'revocation-log',
          sessionId: b,
          reason: 'account_deleted',
          expiresAt: 8,
        });
        const [first, second] = store.notices();
        expect(first).toMatchObject({ destination: 'connect', sessionId: a, attempts: 0 });
        expect(second).toMatchObject({ sessionId: b, reason: 'account_deleted', expiresAt: 8 });

        store.countAttempt(second?.seq ?? 0);
        store.countAttempt(second?.seq ?? 0);
        expect(store.notices().map((notice) => notice.attempts)).toEqual([0, 2]);
        store.removeNotice(first?.seq ?? 0);
        expect(store.notices()).toEqual([{ ...second, attempts: 2 }]);
      }));

    it('never gives the number of a notice twice', ({ expect }) =>
      withStore((store) => {
        const notice = { destination: 'connect', reason: 'logout', expiresAt: 1 } as const;
        const seen = new Set<number>();
        for (let n = 0; n < 3; n += 1) {
          store.addNotice({ ...notice, sessionId: newSessionId() });
          const seq = store.notices().at(-1)?.seq ?? 0;
          store.removeNotice(seq);
          store.countAttempt(seq);
          seen.add(seq);
        }
        expect(seen.size).toBe(3);
        expect(store.notices()).toEqual([]);
      }));
  });
}
