-- Which reviews were written by somebody the prospect can reach?
SELECT agent_id, prospect_id, reviewer_name, closeness, excerpt FROM endorsements WHERE endorsement_type = 'connected' ORDER BY weight DESC, agent_id, prospect_id
