-- A member's token is found by whether it is in use, waits or ended. The look of a group asks for all of a member's
-- tokens in one go, so the index of all of them stays here.
CREATE INDEX ended_token_of_member ON token (institution_no, member_id, no)
    WHERE state IN ('revoked', 'replaced', 'expired', 'void');
