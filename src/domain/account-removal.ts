// Removing an account with all that belongs to it: a record of its own machine, from the wish to the last trace.

export const accountRemovalMachineName = 'account-removal';

/** Held while an admin's account is being closed: two admins at the same moment cannot each count on the other. */
export const adminLeaving = 'leaving:admin';
/** Held until the account is removed: one removal at a time. */
export const userLeaving = (userId: string): string => `leaving:${userId}`;

export const lastAdminWords = 'The last admin cannot leave';
