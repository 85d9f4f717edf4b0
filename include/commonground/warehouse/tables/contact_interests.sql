-- What each contact loves; team members' own interests show in common_ground.
SELECT * FROM person_interests WHERE NOT is_agent
