// Collections that hold what belongs to an account. All of it goes when the account is removed.

/** By the user's id. */
export const usersCollection = {
  name: 'users',
  indexes: [
    { fields: ['nameKey'], unique: true },
    { fields: ['emailKey'], unique: true },
    { fields: ['founder'], unique: true },
    { fields: ['role'] },
    { fields: ['createdAt'] },
    { fields: ['deletedAt'] },
  ],
};

export const sessionsCollection = {
  name: 'sessions',
  indexes: [{ fields: ['userId', 'endedAt'] }, { fields: ['expiresAt'] }],
};

export const tokensCollection = { name: 'api_tokens', indexes: [{ fields: ['userId'] }] };

/** By the user's id. */
export const userLimitsCollection = { name: 'user_limits', indexes: [] };

/** `name` is a digest of the name that somebody gave. */
export const attemptsCollection = {
  name: 'login_attempts',
  indexes: [{ fields: ['name', 'failures'] }, { fields: ['lastAt'] }],
};

/** Ids contain the user's, where one is concerned. */
export const securityLogCollection = { name: 'security_log', indexes: [{ fields: ['at'] }] };

/** What is set in a user's document when the account is closed: nobody can log in, and the name is free again. */
export const closedAccount = (at: number) => ({
  username: '',
  nameKey: null,
  email: '',
  emailKey: null,
  passwordHash: null,
  active: false,
  founder: null,
  deletedAt: at,
  updatedAt: at,
});

/** Users who may still administer. */
export const activeAdmins = { role: 'admin', active: true, deletedAt: { exists: false } } as const;
