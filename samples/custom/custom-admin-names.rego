# Administrator accounts are named adm-.
package admin_names

import rego.v1

prefixes := ["adm-", "admin-"]

holders := {assignment.principalId |
	some assignment in input.datasets.roleAssignments
	assignment.directoryScopeId == "/"
}

admins contains user if {
	some user in input.datasets.users
	user.accountEnabled == true
	user.id in holders
	not is_emergency(user)
}

# Declared in the tenant's profile by object id or user principal name.
is_emergency(user) if {
	some account in input.accounts.emergency
	lower(account) in {lower(user.id), lower(user.userPrincipalName)}
}

misnamed contains user if {
	some user in admins
	not strings.any_prefix_match(lower(user.userPrincipalName), prefixes)
}

evidence := [fact |
	some user in misnamed
	fact := {
		"subject": {"kind": "user", "id": user.id, "name": user.displayName},
		"observed": user.userPrincipalName,
		"expected": sprintf("a name that begins with %s", [concat(" or ", prefixes)]),
	}
]

finding := {
	"verdict": "not-applicable",
	"summary": "No user holds a role directly.",
} if {
	count(admins) == 0
} else := {
	"verdict": "pass",
	"summary": sprintf("All %d administrator accounts are named by the convention.", [count(admins)]),
	"population": {"judged": count(admins)},
} if {
	count(misnamed) == 0
} else := {
	"verdict": "fail",
	"summary": sprintf("%d of %d administrator accounts do not show in their name what they are.", [count(misnamed), count(admins)]),
	"population": {"judged": count(admins)},
	"evidence": evidence,
	"wouldPassIf": "each of these administrators works with an account named by the convention",
}
