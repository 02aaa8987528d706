import { describe, it } from 'vitest';
import { DESTINATIONS, type UserStore } from '../../durable-objects/user/user.ts';

import { newFamilyId, newSessionId } from '../../shared/ids.ts';
import {
  aCode,
  aFamily,
  aSession,
  CLIENT,
  grantedTo,
  hashOf,
  OTHER_CLIENT,
  theTerms,
} from '../support/user-fixture.ts';

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
        expect([store.sessions(), store.unendedSessions(), store.outbox.waiting()]).toEqual([
          [],
          [],
          [],
        ]);
        expect(store.hasSessions()).toBe(false);
        expect(store.countUnended()).toBe(0);
        expect(store.codes.find(hashOf(0))).toBeUndefined();
        expect(store.codes.firstExpiry()).toBeUndefined();
        expect(store.relyingParties(newSessionId())).toEqual([]);
        expect(store.isEmpty()).toBe(true);
      }));

    it('returns a grant as it was saved, with all optional terms or with few', ({ expect }) =>
      withStore((store) => {
        const { grant } = aSession();
        const key = { jkt: 'a', 'x5t#S256': 'b' };
        const all = theTerms({ browserSessionId: newSessionId(), confirmation: key });
        const none = theTerms({
          resources: [],
          claims: null,
          authorizationDetails: [],
          nonce: null,
        });
        for (const oauth of [all, none]) {
          const session = aSession({ grant: { ...grant, oauth }, parentId: newSessionId() });
          store.saveSession(session);
          expect(store.session(grant.sessionId)).toEqual(session);
        }
      }));

    it('finds the children of a session that were not ended', ({ expect }) =>
      withStore((store) => {
        const parentId = newSessionId();
        const child = aSession({ parentId });
        const ended = aSession({ parentId, ended: { at: 1, reason: 'code_reused' } });
        for (const each of [child, ended, aSession({ parentId: newSessionId() }), aSession()]) {
          store.saveSession(each);
        }
        expect(store.unendedChildren(parentId)).toEqual([child]);
        expect(store.countUnended()).toBe(3);
      }));

    it('returns a code as it was saved, and as it was saved again', ({ expect }) =>
      withStore(({ codes }) => {
        const code = aCode();
        const other = aCode({ codeHash: hashOf(1), dpopJkt: 'key', offline: true });
        codes.save(code);
        codes.save(other);
        expect(codes.find(code.codeHash)).toEqual(code);
        expect(codes.find(other.codeHash)).toEqual(other);
        const used = { ...code, sessionId: newSessionId() };
        codes.save(used);
        expect(codes.find(code.codeHash)).toEqual(used);
        expect(codes.countUnused()).toBe(1);
      }));

    it('deletes the named codes, and no others', ({ expect }) =>
      withStore(({ codes }) => {
        const saved = [
          aCode({ codeHash: hashOf(0), expiresAt: 1_000, sessionId: newSessionId() }),
          aCode({ codeHash: hashOf(1), expiresAt: 3_000 }),
          aCode({ codeHash: hashOf(2), expiresAt: 2_000 }),
          aCode({ codeHash: hashOf(3), expiresAt: 4_000, granted: grantedTo(CLIENT) }),
        ];
        const left = () => saved.map(({ codeHash }) => codes.find(codeHash) !== undefined);
        for (const code of saved) codes.save(code);
        expect(codes.firstExpiry()).toBe(1_000);
        codes.forgetFirstToExpire();
        expect(left()).toEqual([true, true, false, true]);
        codes.forgetUnusedOf(CLIENT);
        expect(left()).toEqual([true, true, false, false]);
        codes.forgetExpired(999);
        expect(left()).toEqual([true, true, false, false]);
        codes.forgetExpired(1_000);
        expect(left()).toEqual([false, true, false, false]);
        codes.forgetUnusedOf(OTHER_CLIENT);
        codes.forgetFirstToExpire();
        expect(codes.firstExpiry()).toBeUndefined();
      }));

    it('stores each relying party once, until its session is deleted', ({ expect }) =>
      withStore((store) => {
        const [session, other] = [aSession(), aSession()];
        const id = session.grant.sessionId;
        const party = { clientId: CLIENT, subject: 'a' };
        const another = { clientId: CLIENT, subject: 'b' };
        for (const each of [party, another, party]) store.addRelyingParty(id, each);
        store.addRelyingParty(other.grant.sessionId, party);
        const found = store.relyingParties(id);
        expect(new Set(found.map(({ subject }) => subject))).toEqual(new Set(['a', 'b']));
        expect(found).toHaveLength(2);
        store.forget(session);
        expect(store.relyingParties(id)).toEqual([]);
        expect(store.relyingParties(other.grant.sessionId)).toEqual([party]);
      }));

    it('is not empty while it has a row', ({ expect }) =>
      withStore((store) => {
        const code = aCode();
        store.codes.save(code);
        expect(store.isEmpty()).toBe(false);
        store.codes.forgetExpired(code.expiresAt);
        expect(store.isEmpty()).toBe(true);
        for (const destination of DESTINATIONS) {
          store.outbox.add({ destination, payload: {}, dueAt: 1, expiresAt: null });
          expect(store.isEmpty()).toBe(false);
          store.outbox.remove(store.outbox.waiting()[0]?.seq ?? 0);
          expect(store.isEmpty()).toBe(true);
        }
        store.saveSession(aSession());
        expect(store.isEmpty()).toBe(false);
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

    it('returns a session without optional members', ({ expect }) =>
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

    it('lists the sessions that were not ended', ({ expect }) =>
      withStore((store) => {
        const open = [aSession(), aSession()];
        const ended = aSession({ ended: { at: 1, reason: 'logout' } });
        for (const session of [...open, ended]) store.saveSession(session);
        expect(store.unendedSessions().toSorted(bySessionId)).toEqual(open.toSorted(bySessionId));
        expect(store.sessions().toSorted(bySessionId)).toEqual(
          [...open, ended].toSorted(bySessionId),
        );
      }));

    it('deletes a session with all its families, and nothing else', ({ expect }) =>
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

    it('keeps the last change of roles', ({ expect }) =>
      withStore((store) => {
        expect(store.roleChange()).toBeUndefined();
        const first = { roles: ['a', 'b, "c"'], changedAt: 5 };
        const second = { roles: [], changedAt: 6 };
        for (const change of [first, second]) {
          store.saveRoleChange(change);
          expect(store.roleChange()).toEqual(change);
        }
      }));

    it('stores the newest reading of the account, until it is forgotten', ({ expect }) =>
      withStore((store) => {
        expect(store.account()).toBeUndefined();
        expect(store.isEmpty()).toBe(true);
        const first = { version: 1, credentialsVersion: 0, roles: ['a', 'b, "c"'], readAt: 5 };
        const second = { version: 9, credentialsVersion: 7, roles: [], readAt: 6 };
        for (const reading of [first, second]) {
          store.saveAccount(reading);
          expect(store.account()).toEqual(reading);
        }
        expect(store.isEmpty()).toBe(false);
        store.forgetAccount();
        expect(store.account()).toBeUndefined();
        expect(store.isEmpty()).toBe(true);
      }));

    it('changes the roles of unused codes', ({ expect }) =>
      withStore(({ codes }) => {
        const [unused, used] = [aCode(), aCode({ codeHash: hashOf(7), sessionId: newSessionId() })];
        for (const code of [unused, used]) codes.save(code);
        codes.changeRoles(['b, "c"']);
        const granted = { ...unused.granted, roles: ['b, "c"'] };
        expect(codes.find(unused.codeHash)).toEqual({ ...unused, granted });
        expect(codes.find(used.codeHash)).toEqual(used);
      }));
  });
}
