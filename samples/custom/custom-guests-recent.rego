# Guests signed in within the last 180 days.
package guests_recent

import rego.v1

guests contains user if {
	some user in input.datasets.users
	user.userType == "Guest"
	user.accountEnabled == true
}

newcomers := {user | some user in guests; muster.days_since(user.createdDateTime) <= 180}

judged := guests - newcomers

# Last successful sign-ins by user; somebody who never signed in has none.
last[id] := time if {
	some record in input.datasets.signInActivity
	id := record.id
	time := record.signInActivity.lastSuccessfulSignInDateTime
	time != null
}

stale contains fact if {
	some user in judged
	muster.days_since(last[user.id]) > 180

	# The day, not the age: a waiver is pinned to what was observed.
	fact := violation(user, sprintf("last sign-in on %s", [substring(last[user.id], 0, 10)]))
}

stale contains fact if {
	some user in judged
	not last[user.id]
	fact := violation(user, "never signed in")
}

violation(user, observed) := {
	"subject": {"kind": "user", "id": user.id, "name": user.displayName},
	"observed": observed,
	"expected": "a sign-in within 180 days, or no account",
}

population := {
	"judged": count(judged),
	"leftOut": [{"why": "guest since less than 180 days", "count": count(newcomers)}],
}

# A member that is absent is not "no": say so before anything is judged by it.
unreadable := {user | some user in input.datasets.users; not user.userType}

finding := {
	"verdict": "unknown",
	"reason": "field-missing",
	"summary": sprintf("%d accounts do not say whether they are guests.", [count(unreadable)]),
} if {
	count(unreadable) > 0
} else := {
	"verdict": "not-applicable",
	"summary": "The tenant has no guest who was invited more than 180 days ago.",
} if {
	count(judged) == 0
} else := {
	"verdict": "pass",
	"summary": sprintf("All %d guests signed in within the last 180 days.", [count(judged)]),
	"population": population,
} if {
	count(stale) == 0
} else := {
	"verdict": "partial",
	"credit": 1 - (count(stale) / count(judged)),
	"summary": sprintf("%d of %d guests have not signed in for 180 days.", [count(stale), count(judged)]),
	"population": population,
	"evidence": stale,
	"wouldPassIf": "the guests below are removed, or signed in again",
} if {
	count(stale) < count(judged)
} else := {
	"verdict": "fail",
	"summary": sprintf("None of %d guests signed in within the last 180 days.", [count(judged)]),
	"population": population,
	"evidence": stale,
	"wouldPassIf": "the guests below are removed, or signed in again",
}
