-- A member's token is found by whether it is in use, waits or ended. Of these only the ended ones had no index of
-- their own; the index of all tokens goes, since most tokens have not ended.
DROP INDEX token_of_member;
CREATE INDEX ended_token_of_member ON token (institution_no, member_id, no)
    WHERE state IN ('revoked', 'replaced', 'expired', 'void');
