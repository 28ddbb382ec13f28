package simulate

import "github.com/percorso/percorso/model"

// service is the behavior service: calls, chats and tickets, and the queue before them.
type service struct {
	town *town
	plan *model.ServicePlan
}

func newService(t *town) *service {
	if !t.world.Service.On {
		return nil
	}
	return &service{town: t, plan: &t.world.Service}
}
